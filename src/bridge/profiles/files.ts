import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Profile } from '../../protocol';
import { PilothouseError } from '../errors';

/** A profile is a page of settings; what is larger is another kind of file. */
export const PROFILE_FILE_BYTES = 1024 * 1024;

const SUFFIX = '.json';

/** Profiles' names in a folder and their files; a folder that is not there has none. */
export function profileFiles(folder: string): Map<string, string> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return new Map();
    }
    throw error;
  }
  return new Map(
    names
      .filter(name => name.endsWith(SUFFIX) && !name.startsWith('.'))
      .sort()
      .map(name => [name.slice(0, -SUFFIX.length), join(folder, name)])
  );
}

/** @throws PilothouseError invalid_profile with `file`, `field` and `message` */
export function readProfile(name: string, file: string): Profile {
  const invalid = (field: string, message: string, words?: string, cause?: unknown): Error =>
    new PilothouseError(
      { code: 'invalid_profile', params: { name, file, field, message }, words },
      cause
    );

  let text: string;
  try {
    if (statSync(file).size > PROFILE_FILE_BYTES) {
      throw invalid('', `The file is larger than ${PROFILE_FILE_BYTES} bytes.`);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof PilothouseError) {
      throw error;
    }
    throw invalid('', 'The file cannot be read.', (error as Error).message, error);
  }

  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid('', 'The file is no JSON.', (error as Error).message, error);
  }

  const parsed = Profile.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(issue.path.join('.'), issue.message);
  }
  if (parsed.data.name !== name) {
    throw invalid('name', `The file is called ${name}${SUFFIX}, its profile ${parsed.data.name}.`);
  }
  const { min, max, initial } = parsed.data.scaling;
  if (min > max) {
    throw invalid('scaling.min', `The minimum ${min} is above the maximum ${max}.`);
  }
  if (initial !== undefined && initial > max) {
    throw invalid('scaling.initial', `The initial ${initial} is above the maximum ${max}.`);
  }
  return parsed.data;
}
