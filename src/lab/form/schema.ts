import { z } from 'zod';
import { Profile } from '../../protocol';
import type { SchedulerKind } from '../../protocol';
import { isRecord } from './paths';

/** What the one JSON Schema says of a field. */
export interface IFieldSchema {
  /** One sentence; empty where it says none. */
  readonly description: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  /** The words that are allowed, of the field itself or of each in its list. */
  readonly words: readonly string[];
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Most characters. */
  readonly maxLength: number | null;
  readonly default: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** As it is exported for other languages (src/protocol/schemas.ts). */
const PROFILE: Json = z.toJSONSchema(Profile, { io: 'input' });

/** What the schema says of the field at a path, in a profile of this kind; null: there is no such field. */
export function fieldSchema(path: string, kind: SchedulerKind): IFieldSchema | null {
  let here: Json | null = PROFILE;
  for (const key of path.split('.')) {
    const properties: unknown = here === null ? null : variant(here, kind).properties;
    const next: unknown = isRecord(properties) ? properties[key] : null;
    here = isRecord(next) ? next : null;
  }
  return here === null ? null : described(here);
}

/** Of a choice between objects, the one whose `kind` is this. */
function variant(schema: Json, kind: SchedulerKind): Json {
  const variants = Array.isArray(schema.oneOf) ? (schema.oneOf as unknown[]) : [];
  const chosen = variants.filter(isRecord).find(one => {
    const kinds = isRecord(one.properties) ? one.properties.kind : null;
    return isRecord(kinds) && kinds.const === kind;
  });
  return chosen ?? schema;
}

function described(schema: Json): IFieldSchema {
  const items = isRecord(schema.items) ? schema.items : {};
  const words = schema.enum ?? items.enum;
  const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return {
    description: typeof schema.description === 'string' ? schema.description : '',
    type: (schema.type ?? 'object') as IFieldSchema['type'],
    words: Array.isArray(words) ? words.map(String) : [],
    minimum: numberOf(schema.minimum),
    maximum: numberOf(schema.maximum),
    maxLength: numberOf(schema.maxLength ?? items.maxLength),
    default: schema.default
  };
}
