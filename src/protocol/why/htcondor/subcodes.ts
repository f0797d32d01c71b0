/** errno(3) of Linux, as far as files, processes and the network give them. */
const ERRNO: Readonly<Record<number, string>> = {
  1: 'It is not permitted.',
  2: 'There is no such file or folder.',
  5: 'Reading or writing failed.',
  7: 'The arguments are too long.',
  8: 'The file is no program of this machine.',
  11: 'It was not possible at this moment.',
  12: 'There was no memory left.',
  13: 'Permission is denied.',
  20: 'A part of the path is no folder.',
  21: 'It is a folder.',
  23: 'Too many files are open.',
  24: 'Too many files are open.',
  26: 'The file is being written.',
  27: 'The file is too large.',
  28: 'There is no space left.',
  30: 'Nothing can be written there.',
  36: 'The name is too long.',
  40: 'Links lead in a circle.',
  62: 'The transfer took too long.',
  104: 'The connection broke.',
  110: 'It timed out.',
  111: 'The connection was refused.',
  113: 'The machine cannot be reached.',
  116: 'The file system has lost the file (stale handle).',
  122: 'The quota is used up.'
};

/** Sub-codes of the cloud's hold codes 37 to 42. */
const EC2: Readonly<Record<number, string>> = {
  1: 'The public key file is not named.',
  2: 'The private key file is not named.',
  3: 'The grid resource is not of type EC2.',
  4: 'The grid resource lacks the service’s URL.',
  5: 'The type of the grid resource is not set.',
  6: 'EC2_GAHP is not defined.',
  7: 'The id of the grid job is not one of EC2.',
  9: 'Authentication failed.',
  10: 'That kind of server cannot use an existing SSH key pair.',
  11: 'The connection failed while an SSH key pair was made.',
  12: 'The connection failed while a machine was started.',
  13: 'The machine ended for an unusual reason.',
  14: 'The machine ended for an unknown reason.',
  15: 'The connection failed while a machine was ended.',
  16: 'Ending the machine failed too often.',
  17: 'The connection failed during a request for a spot machine.',
  18: 'Ending a spot request failed too often.',
  19: 'The spot request was gone before it had a machine.',
  20: 'You, or somebody like you, cancelled the request.',
  21: 'The remote job has an unexpected state.',
  22: 'The resource was down for too long.'
};

const WITH_ERRNO = new Set([6, 7, 8, 9, 10, 14]);

/** What a hold's sub-code says, as a sentence; empty where it says nothing. */
export function subcodeSays(code: number, subcode: number): string {
  if (subcode === 0) {
    return '';
  }
  if (WITH_ERRNO.has(code)) {
    return ERRNO[subcode] ?? `(error number ${subcode})`;
  }
  if (code === 12 || code === 13) {
    // A plug-in's exit code stands in the upper byte (note below the manual's table).
    return subcode >= 256 && subcode % 256 === 0
      ? `The program for this kind of URL ended with exit code ${subcode / 256}.`
      : (ERRNO[subcode] ?? `(error number ${subcode})`);
  }
  return code >= 37 && code <= 42 ? (EC2[subcode] ?? '') : '';
}
