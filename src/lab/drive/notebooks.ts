/**
 * Notebooks between their file and JupyterLab, as nbformat does it on a Jupyter server
 * (nbformat/v4/rwbase.py): texts are lists of lines in a file and one text in a page.
 */

type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(one => typeof one === 'string');

const JSON_TYPE = /^application\/(.*\+)?json$/;

/** Lists of lines become texts; what only a page may say of itself is dropped. */
export function joinLines(notebook: unknown): unknown {
  return changed(notebook, value => (isTexts(value) ? value.join('') : value));
}

/** Texts become lists of lines, by which a change is a change of few lines. */
export function splitLines(notebook: unknown): unknown {
  return changed(notebook, value =>
    typeof value === 'string' ? (value.match(/[^\n]*\n|[^\n]+$/g) ?? []) : value
  );
}

type Change = (text: unknown) => unknown;

function changed(notebook: unknown, change: Change): unknown {
  if (!isPlain(notebook) || !Array.isArray(notebook.cells)) {
    return notebook;
  }
  const cells = notebook.cells.map(cell =>
    isPlain(cell) ? ofCell(cell, change) : (cell as unknown)
  );
  return { ...notebook, cells };
}

function ofCell(cell: Plain, change: Change): Plain {
  const { source, outputs, attachments, metadata, ...rest } = cell;
  return {
    ...rest,
    ...('metadata' in cell && { metadata: untrusted(metadata) }),
    ...('source' in cell && { source: change(source) }),
    ...('attachments' in cell && {
      attachments: isPlain(attachments)
        ? mapped(attachments, (_, bundle) => ofBundle(bundle, change))
        : attachments
    }),
    ...('outputs' in cell && {
      outputs: Array.isArray(outputs) ? outputs.map(one => ofOutput(one, change)) : outputs
    })
  };
}

/**
 * Whether outputs may run as part of the page is not for the file to say: a Jupyter server keeps
 * that in signatures of its own, and there is none for a file elsewhere.
 */
function untrusted(metadata: unknown): unknown {
  if (!isPlain(metadata)) {
    return metadata;
  }
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== 'trusted'));
}

function ofOutput(output: unknown, change: Change): unknown {
  if (!isPlain(output)) {
    return output;
  }
  return {
    ...output,
    ...(output.output_type === 'stream' && { text: change(output.text) }),
    ...('data' in output && { data: ofBundle(output.data, change) })
  };
}

function ofBundle(bundle: unknown, change: Change): unknown {
  return isPlain(bundle)
    ? mapped(bundle, (type, value) => (JSON_TYPE.test(type) ? value : change(value)))
    : bundle;
}

function mapped(plain: Plain, change: (key: string, value: unknown) => unknown): Plain {
  return Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, change(key, value)]));
}
