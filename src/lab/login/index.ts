export { addLoginCommands } from './commands';
export { RunningConnections } from './running';
