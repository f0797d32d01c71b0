/** Exit codes of the pilot's script itself; the agent's own are others, and are passed on. */
export const SCRIPT_EXIT = {
  /** The runtime's archive is missing, damaged, or finds no room. */
  runtimeFailed: 93,
  /** The runtime cannot work on this machine: its glibc, its architecture. */
  runtimeUnfit: 94,
  /** Modules and worker_init took longer than the profile allows. */
  setupHangs: 95,
  modulesFailed: 96,
  pythonMissing: 97,
  workerInitFailed: 98,
  /** The pilot's folder is missing or cannot be written to. */
  folderMissing: 99
} as const;
