export { LogViewer } from './viewer';
