import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Profile } from '../../protocol';
import { PilothouseError } from '../errors';
import { scalingProblems } from './check';

/** A profile is a page of settings; what is larger is another kind of file. */
export const PROFILE_FILE_BYTES = 1024 * 1024;

export const SUFFIX = '.json';

/**
 * Profiles' names in a folder and their files; a folder that is not there has none.
 * @throws PilothouseError invalid_profile with the folder as its `file`
 */
export function profileFiles(folder: string): Map<string, string> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return new Map();
    }
    // No access, or a network disk that is away.
    const message = 'The folder cannot be read: its profiles are not known.';
    throw invalidIn('', folder)('', message, (error as Error).message, error);
  }
  return new Map(
    names
      .filter(name => name.endsWith(SUFFIX) && !name.startsWith('.'))
      .sort()
      .map(name => [name.slice(0, -SUFFIX.length), join(folder, name)])
  );
}

type Invalid = (field: string, message: string, words?: string, cause?: unknown) => Error;

const invalidIn =
  (name: string, file: string): Invalid =>
  (field, message, words, cause) =>
    new PilothouseError(
      { code: 'invalid_profile', params: { name, file, field, message }, words },
      cause
    );

/** What a profile's file says, unread. @throws PilothouseError invalid_profile */
function readJson(file: string, invalid: Invalid): unknown {
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
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid('', 'The file is no JSON.', (error as Error).message, error);
  }
}

/** A profile as its file has it, whether or not it is one. @throws PilothouseError invalid_profile */
export function readWrittenFile(name: string, file: string): Record<string, unknown> {
  const invalid = invalidIn(name, file);
  const written = z.record(z.string(), z.unknown()).safeParse(readJson(file, invalid));
  if (!written.success) {
    throw invalid('', 'A profile is a JSON object.');
  }
  return written.data;
}

/** @throws PilothouseError invalid_profile with `file`, `field` and `message` */
export function readProfile(name: string, file: string): Profile {
  const invalid = invalidIn(name, file);
  const parsed = Profile.safeParse(readJson(file, invalid));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(issue.path.join('.'), issue.message);
  }
  if (parsed.data.name !== name) {
    throw invalid('name', `The file is called ${name}${SUFFIX}, its profile ${parsed.data.name}.`);
  }
  for (const { field, message } of scalingProblems(parsed.data)) {
    throw invalid(field, message);
  }
  return parsed.data;
}
