export { readKnownFiles, rememberKey } from './files';
export {
  fingerprintOf,
  type IKnownMachine,
  judge,
  type Judgement,
  knownAlgorithms,
  nameOf,
  otherNames
} from './judgement';
export { keyAlgorithm, type IKnownLine } from './lines';
export { knownSinceMs, noteAccepted } from './since';
