import type { TranslationBundle } from '@jupyterlab/translation';
import { bytes as sizeOf } from '../words';
import type { Unfit } from './content';
import type { FileFailure } from './failure';
import { unusable } from './failure';
import type { ISpot } from './paths';
import { DRIVE, spotOf } from './paths';
import type { Refusal } from './uploads';

/*
 * What the drive does not do, in words: of which path, why, and what helps. Each names the path as
 * the machine has it, where there is one.
 */

/** There is nothing there. 404, by which JupyterLab knows it. */
export function noneThere(trans: TranslationBundle, localPath: string, spot: ISpot): FileFailure {
  return unusable(trans, localPath, spot.path, trans.__('there is none'), 404);
}

/** The path's first part is no place. 404, by which JupyterLab knows it. */
export function noPlace(trans: TranslationBundle, localPath: string): FileFailure {
  return unusable(trans, localPath, localPath, trans.__('there is no such place'), 404);
}

/** Something is to be done to the places themselves, which are no folders of a machine. */
export function amongPlaces(trans: TranslationBundle, localPath: string): FileFailure {
  const problem = trans.__('here are places; open one first');
  return unusable(trans, localPath, `${DRIVE}:${localPath}`, problem);
}

/** A file is to be moved to another machine. */
export function betweenPlaces(
  trans: TranslationBundle,
  localPath: string,
  spot: ISpot
): FileFailure {
  const problem = trans.__('between places a file is downloaded and uploaded');
  return unusable(trans, localPath, spot.path, problem);
}

/** There is nothing to go back to. */
export function noCheckpoint(trans: TranslationBundle, localPath: string): FileFailure {
  const problem = trans.__('of files there, no checkpoints are kept');
  return unusable(trans, localPath, spotOf(localPath)?.path ?? localPath, problem);
}

/** A file of `size` bytes is to be opened, of which `most` are. */
export function tooLarge(
  trans: TranslationBundle,
  localPath: string,
  spot: ISpot,
  { size, most }: { size: number; most: number }
): FileFailure {
  const problem = trans.__(
    'it has %1, and files of more than %2 are not opened here; download it instead',
    sizeOf(trans, size),
    sizeOf(trans, most)
  );
  return unusable(trans, localPath, spot.path, problem);
}

/** A file is not what it is to be opened as. */
export function notFit(
  trans: TranslationBundle,
  localPath: string,
  spot: ISpot,
  unfit: Unfit
): FileFailure {
  return unusable(trans, localPath, spot.path, unfitWords(trans, unfit));
}

/** A chunk of an upload is not sent. */
export function notSent(
  trans: TranslationBundle,
  localPath: string,
  spot: ISpot,
  why: Refusal
): FileFailure {
  return unusable(trans, localPath, spot.path, uploadWords(trans, why));
}

function unfitWords(trans: TranslationBundle, unfit: Unfit): string {
  switch (unfit) {
    case 'no text':
      return trans.__('it is no text in UTF-8');
    case 'no notebook':
      return trans.__('it is no notebook');
    case 'old notebook':
      return trans.__('it is a notebook of an old form; “jupyter nbconvert” brings it up to date');
  }
}

function uploadWords(trans: TranslationBundle, why: Refusal): string {
  switch (why) {
    case 'no beginning':
      return trans.__('upload it from its beginning');
    case 'under way':
      return trans.__(
        'an upload to it is under way; wait until that has ended, then upload it again'
      );
  }
}
