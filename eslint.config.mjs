import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '.venv/',
      '.runtime/',
      'output/',
      '.jupyter/',
      '.cache/',
      'lib/runtime/tfjs-node/',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['lib/tsconfig.json', 'lib/web/tsconfig.json', 'tests/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // TensorFlow.js types read() and backend() as interfaces of the classes that they return.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['lib/runtime/internals.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "TSAsExpression TSAsExpression[typeAnnotation.type='TSUnknownKeyword'] > CallExpression[callee.property.name=/^(backend|engine)$/]",
          message: 'Members of TensorFlow.js that it does not declare: lib/runtime/internals.ts.',
        },
        {
          selector: "MemberExpression[object.name='tf'][property.name='engine']",
          message: "TensorFlow.js's engine: lib/runtime/internals.ts.",
        },
      ],
    },
  },
  {
    files: ['tests/**/*.ts'],
    rules: {
      // node:test's test() and describe() return promises that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
    },
  },
  {
    files: ['lib/book/sphinx/static/*.js'],
    languageOptions: {
      globals: {
        URL: 'readonly',
        document: 'readonly',
        window: 'readonly',
        IntersectionObserver: 'readonly',
        ResizeObserver: 'readonly',
      },
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
);
