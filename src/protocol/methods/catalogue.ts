import { z } from 'zod';

/** Who is at the other end of a client's connection. `home`: the kernel's end of tunnels. */
export const Role = z.enum(['view', 'kernel', 'command', 'home']);
export type Role = z.infer<typeof Role>;

/** What a client may ask for: who may, with what, and what the answer is. */
export interface MethodSchemas {
  roles: readonly Role[];
  params: z.ZodType;
  result: z.ZodType;
}

/**
 * The methods of a theme, whose names begin with one of its subjects and a
 * dot: as no two themes have a subject in common, none hides another's method.
 */
export type Methods<Subject extends string> = Record<`${Subject}.${string}`, MethodSchemas>;

/** Params or result without content. */
export const nothing = z.object({});
