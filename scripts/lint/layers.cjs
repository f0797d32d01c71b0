/**
 * ESLint rule: arrows point one way, `lab → protocol ← bridge`. It looks at
 * every form of import (static, dynamic, type, re-export, require) and at
 * where a relative one leads, which ESLint's own no-restricted-imports does not.
 */
const path = require('node:path');

/** What a layer may import: other layers, and packages by pattern. */
const LAYERS = {
  protocol: { layers: [], packages: /^zod$/ },
  lab: {
    layers: ['protocol'],
    packages: /^(?!node:|(ws|ssh2|ssh-config|@peculiar\/x509)(\/|$))/
  },
  bridge: {
    layers: ['protocol'],
    packages: /^(?!(@jupyterlab|@lumino|@jupyter|react|react-dom)(\/|$))/
  }
};

/** Programs in a layer's folder that run at build time: they may use Node. */
const BUILD_PROGRAMS = /(^|\/)exportSchemas\.ts$/;
/** Tests may use the test kit. */
const TESTS = /\.spec\.tsx?$|\/testing\//;

const layerOf = file => {
  const found = /(?:^|\/)src\/([^/]+)(?:\/|$)/.exec(file.split(path.sep).join('/'));
  return found && found[1] in LAYERS ? found[1] : null;
};

module.exports = {
  meta: {
    type: 'problem',
    docs: { description: 'Holds lab → protocol ← bridge.' },
    messages: {
      layer: '{{from}} must not import {{to}}: arrows point one way, lab → protocol ← bridge.',
      package: '{{from}} must not import the package "{{source}}".'
    },
    schema: []
  },
  create(context) {
    const file = context.filename;
    const from = layerOf(file);
    if (from === null) {
      return {};
    }
    const check = node => {
      const source = node && node.type === 'Literal' ? node.value : null;
      if (typeof source !== 'string') {
        return;
      }
      if (source.startsWith('.')) {
        const to = layerOf(path.join(path.dirname(file), source));
        if (to !== null && to !== from && !LAYERS[from].layers.includes(to)) {
          context.report({ node, messageId: 'layer', data: { from, to } });
        }
        return;
      }
      if (TESTS.test(file) || (BUILD_PROGRAMS.test(file) && source.startsWith('node:'))) {
        return;
      }
      if (!LAYERS[from].packages.test(source)) {
        context.report({ node, messageId: 'package', data: { from, source } });
      }
    };
    return {
      ImportDeclaration: node => check(node.source),
      ExportNamedDeclaration: node => check(node.source),
      ExportAllDeclaration: node => check(node.source),
      ImportExpression: node => check(node.source),
      TSImportType: node => check(node.source ?? node.argument?.literal),
      TSExternalModuleReference: node => check(node.expression),
      'CallExpression[callee.name="require"]': node => check(node.arguments[0])
    };
  }
};
