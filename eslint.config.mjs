/** Lint rules. What a formatter or the import table can check is left to prettier and dependency-cruiser. */
import js from '@eslint/js'
import i18next from 'eslint-plugin-i18next'
import reactHooks from 'eslint-plugin-react-hooks'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

const TESTS = ['**/*.test.{ts,tsx}', 'e2e/**', '**/testing/**/*.{ts,tsx}']

/** The same in every language. */
const NOT_TRANSLATED = [
  'Switchyard',
  'n/a',
  'p95',
  'p99',
  'ms',
  'Hz',
  'MiB',
  'Esc',
  'Enter',
  'Ctrl K',
  '[A-Z]',
]

export default defineConfig(
  globalIgnores([
    'dist/',
    '.cache/',
    'backends/kernel/',
    'test-results/',
    'playwright-report/',
    'screenshots/',
    'bench/out/',
  ]),
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    rules: {
      // The compiler knows which names exist; it checks build/**/*.mjs too.
      'no-undef': 'off',
      eqeqeq: 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    // Includes no-explicit-any, no-floating-promises and no-misused-promises.
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.node.json', './tsconfig.renderer.json', './tsconfig.e2e.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      // Our interfaces of plain functions are written with method signatures, and taken apart freely.
      '@typescript-eslint/unbound-method': 'off',
      // Async by contract (a base class, a handler table) is fine without an await.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['renderer/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
  },
  {
    // Words between tags come from renderer/i18n; signs and names of units do not.
    files: ['renderer/**/*.tsx'],
    ignores: TESTS,
    plugins: { i18next },
    rules: {
      'i18next/no-literal-string': [
        'error',
        { mode: 'jsx-text-only', words: { exclude: ['[^A-Za-z]+', ...NOT_TRANSLATED] } },
      ],
    },
  },
  {
    // A test may look into parsed JSON and hand over half-built objects.
    files: TESTS,
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
)
