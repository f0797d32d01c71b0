import { z } from 'zod';
import { AGENT_METHODS, AGENT_NOTIFICATIONS, TO_AGENT } from './agent';
import { ErrorData } from './errors';
import { LIMITS, TIMES } from './limits';
import { BRIDGE_NOTIFICATIONS, CLIENT_NOTIFICATIONS, METHODS } from './methods';
import { Profile } from './profile';
import { WHYS } from './why';

/** JSON Schema (2020-12) of a message. */
export type JsonSchema = Record<string, unknown>;

/** Of what the bridge reads: defaults may be left out. */
const received = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'input' });
/** Of what the bridge says: defaults are filled in. */
const sent = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'output' });

function each<T, R>(catalogue: Record<string, T>, make: (entry: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(catalogue).map(([name, entry]) => [name, make(entry)]));
}

/** The whole contract as plain data, for those who speak it in another language. */
export function protocolSchemas() {
  return {
    methods: each(METHODS, ({ roles, params, result }) => ({
      roles,
      params: received(params),
      result: sent(result)
    })),
    clientNotifications: each(CLIENT_NOTIFICATIONS, received),
    bridgeNotifications: each(BRIDGE_NOTIFICATIONS, sent),
    agentMethods: each(AGENT_METHODS, ({ params, result }) => ({
      params: received(params),
      result: sent(result)
    })),
    agentNotifications: each(AGENT_NOTIFICATIONS, received),
    toAgent: each(TO_AGENT, sent),
    error: sent(ErrorData),
    profile: received(Profile),
    whys: WHYS,
    limits: LIMITS,
    times: TIMES
  };
}
