import { z } from 'zod';
import { Task } from '../entities';
import { GroupId, PilotId, RunId } from '../ids';
import { LIMITS } from '../limits';
import { TaskState } from '../states';
import type { Methods } from './catalogue';

/** Tasks, which kernels report (`tasks.report`) and views list. */
export const TASK_METHODS = {
  'tasks.list': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      group: GroupId.optional(),
      run: RunId.optional(),
      pilot: PilotId.optional(),
      states: z.array(TaskState).max(4).optional(),
      /** Newest first, from the `cursor` of the page before. */
      cursor: z.string().max(100).optional(),
      limit: z.int().min(1).max(LIMITS.tasksPerPage)
    }),
    result: z.object({ tasks: z.array(Task), cursor: z.string().nullable(), total: z.int() })
  }
} as const satisfies Methods<'tasks'>;
