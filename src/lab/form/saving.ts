import type { IPilothouseModel } from '../tokens';
import type { Draft } from './draft';

/**
 * Writes a draft as it stands.
 * @throws RequestFailure
 */
export async function save(model: IPilothouseModel, draft: Draft): Promise<string> {
  const { written, origin } = draft;
  const saved = await model.call('profiles.save', {
    profile: { ...written },
    replaces: origin.name
  });
  const { name } = saved;
  const { source } = name === origin.name ? origin : await model.call('profiles.read', { name });
  draft.setSaved(written, { name, source, readOnly: false });
  return name;
}

/**
 * Writes a draft and asks for one pilot more than the place has wanted so far.
 * @throws RequestFailure
 */
export async function saveAndLaunch(model: IPilothouseModel, draft: Draft): Promise<void> {
  const name = await save(model, draft);
  const pool = [...model.picture.pools.values()].find(one => one.pool === name);
  await model.call('pools.setWanted', { pool: name, count: (pool?.wanted.count ?? 0) + 1 });
}
