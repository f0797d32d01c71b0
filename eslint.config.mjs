import { createRequire } from 'node:module';
import eslint from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier/flat';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const layers = createRequire(import.meta.url)('./scripts/lint/layers.cjs');

/** The same rules, none of them a mere warning. */
const asErrors = configs =>
  configs.map(config => ({
    ...config,
    ...(config.rules && {
      rules: Object.fromEntries(
        Object.entries(config.rules).map(([name, setting]) => [
          name,
          setting === 'warn' || setting === 1
            ? 'error'
            : Array.isArray(setting) && (setting[0] === 'warn' || setting[0] === 1)
              ? ['error', ...setting.slice(1)]
              : setting
        ])
      )
    })
  }));

// `extends` would give each of them our `files` and so the JSON parser to all.
const [jupyterCode, jupyterSchema, jupyterTests] = asErrors(jupyter.configs.recommended);

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '.venv/',
      'build/',
      'coverage/',
      'dist/',
      'lib/',
      'pilothouse/bridge/bridge.js',
      'pilothouse/labextension/',
      'ui-tests/playwright-report/',
      'ui-tests/test-results/'
    ]
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  { rules: { 'no-console': 'error', eqeqeq: 'error', curly: 'error' } },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: { globals: globals.node }
  },
  { files: ['**/*.{js,cjs}'], languageOptions: { sourceType: 'commonjs' } },
  { files: ['style/*.js'], languageOptions: { sourceType: 'module' } },
  // A program for a terminal: what it prints is its work.
  { files: ['tests/**/*.js'], rules: { 'no-console': 'off' } },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname }
    },
    plugins: { pilothouse: { rules: { layers } } },
    rules: {
      'pilothouse/layers': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true }
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true }
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // JupyterLab's habit: a namespace beside its class holds IOptions and Private.
      '@typescript-eslint/no-namespace': 'off',
      // zod: a schema and its type share a name.
      '@typescript-eslint/no-redeclare': 'off',
      'no-redeclare': 'off',
      // A record of handlers, one a method, reads better indexed by the method.
      '@typescript-eslint/no-dynamic-delete': 'off'
    }
  },
  {
    files: ['src/lab/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
    plugins: { jupyter },
    rules: {
      ...jupyterCode.rules,
      // The plugins' own modules are what activation needs; what is heavy is imported in commands.
      'jupyter/prefer-lazy-imports': ['error', { ignoreImports: ['./*', '../*'] }],
      // Lumino's signals take a method and its `this` (jupyter/require-signal-this-arg sees to it).
      '@typescript-eslint/unbound-method': 'off'
    }
  },
  {
    ...jupyterTests,
    files: ['src/lab/**/*.spec.{ts,tsx}', 'ui-tests/**/*.spec.ts'],
    plugins: { jupyter }
  },
  { ...jupyterSchema, files: ['schema/*.json'], plugins: { jupyter } },
  {
    files: ['scripts/**/*.ts', 'ui-tests/**/*.ts', 'bench/**/*.ts'],
    extends: [tseslint.configs.strict],
    rules: { '@typescript-eslint/no-explicit-any': 'error' }
  },
  {
    files: ['**/*.spec.{ts,tsx}'],
    rules: {
      // A test says that a thing is there by using it.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off'
    }
  },
  prettier
);
