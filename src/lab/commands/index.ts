export { isPointed, logArgs, NO_ARGS, pilotArgs, POINTED, poolArgs, text } from './arguments';
export { addNotebookCommands } from './notebooks';
export { addPilotCommands } from './pilots';
export { addProfileCommands } from './profiles';
