import { channelsOf } from '../transportCases.fixture';
import { openSshOpener } from '.';

jest.setTimeout(60_000);

describe('over the user’s own ssh', () =>
  channelsOf(openSshOpener, expect.stringContaining('not responding')));
