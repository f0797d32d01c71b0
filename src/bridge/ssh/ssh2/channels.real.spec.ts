import { channelsOf } from '../transportCases.fixture';
import { ssh2Opener } from '.';

jest.setTimeout(30_000);

describe('over ssh2', () => channelsOf(ssh2Opener, 'Keepalive timeout'));
