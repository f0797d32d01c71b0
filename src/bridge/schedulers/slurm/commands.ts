/**
 * What Slurm's tools say where the request did not reach slurmctld, or its
 * answer did not come back (slurm/src/common/slurm_errno.c): nothing is known
 * of what was asked for.
 */
const UNREACHABLE =
  /unable to contact slurm controller|socket timed out|communication (connection|shutdown) failure|zero bytes were transmitted|transport endpoint|connection (refused|reset|timed out)|temporarily unable to (accept|provide)|slurm backup controller in standby|protocol authentication error|munge|unexpected message received|insane message length|header lengths|message (receive|send) failure|(could not establish|no) a? ?configuration source|rate.?limit|configured time limit/i;

/** Whether a failure means that slurmctld was not asked, or did not answer. */
export const isUnreachable = (words: string): boolean => UNREACHABLE.test(words);
