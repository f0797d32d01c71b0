export { logArgs, NO_ARGS, pilotArgs, poolArgs, text } from './arguments';
export { addNotebookCommands } from './notebooks';
export { addPilotCommands } from './pilots';
export { addProfileCommands } from './profiles';
