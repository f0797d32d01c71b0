import type { ITemplate } from '../../protocol';
import type { IPilothouseModel } from '../tokens';
import { Draft } from './draft';
import { freeName } from './names';
import { isRecord } from './paths';
import type { Written } from './paths';
import type { TranslationBundle } from '@jupyterlab/translation';

/** With what a form begins. */
export type Start =
  /** A choice of templates. */
  | { readonly kind: 'new' }
  /** A profile that there is, at a field. */
  | { readonly kind: 'edit'; readonly name: string; readonly field: string | null }
  /** A new one, as that one is. */
  | { readonly kind: 'copy'; readonly name: string }
  /** A new one, from somebody's file. */
  | { readonly kind: 'import'; readonly written: Written };

const NEW = { name: null, source: '', readOnly: false } as const;

/** A draft of a new place as a template has it. */
export function draftOf(
  trans: TranslationBundle,
  model: IPilothouseModel,
  template: ITemplate
): Draft {
  const written: Written = { name: nameLike(model, template.id), ...template.profile };
  return new Draft({ trans, written, origin: NEW, template });
}

/** A draft of a new place as a file has it; a name that is taken gets a number. */
export function draftOfImport(
  trans: TranslationBundle,
  model: IPilothouseModel,
  content: Written
): Draft {
  const name = typeof content.name === 'string' ? content.name : '';
  const written = { ...content, name: nameLike(model, name) };
  return new Draft({ trans, written, origin: NEW });
}

/**
 * A draft of a place that there is, or of a copy of it.
 * @throws RequestFailure where there is none of that name
 */
export async function draftOfPlace(
  trans: TranslationBundle,
  model: IPilothouseModel,
  start: Extract<Start, { kind: 'edit' | 'copy' }>
): Promise<Draft> {
  const { profile, source, readOnly } = await model.call('profiles.read', { name: start.name });
  if (start.kind === 'edit') {
    const origin = { name: start.name, source, readOnly };
    return new Draft({ trans, written: { name: start.name, ...profile }, origin });
  }
  const title = typeof profile.title === 'string' ? profile.title : start.name;
  const written = {
    ...profile,
    name: nameLike(model, start.name),
    title: trans.__('%1 (copy)', title)
  };
  return new Draft({ trans, written, origin: NEW });
}

/** Reads what somebody chose to import; null: it is no profile at all. */
export function readImport(text: string): Written | null {
  try {
    const content: unknown = JSON.parse(text);
    return isRecord(content) ? content : null;
  } catch {
    // Not JSON: who asked says so, with the file's name.
    return null;
  }
}

function nameLike(model: IPilothouseModel, wished: string): string {
  return freeName(wished, new Set<string>(model.picture.pools.keys()));
}
