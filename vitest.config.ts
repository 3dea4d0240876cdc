import { configDefaults, defineConfig } from 'vitest/config'

/** Those that take minutes of waiting, or a peer that few machines have: `npm test -- --long`, and CI. */
const isLong = process.env.PLIMSOLL_LONG_TESTS === '1'

export default defineConfig({
  test: {
    include: isLong
      ? ['e2e/long/**/*.test.ts', 'packages/*/src/**/*.{oracle,long}.test.ts']
      : ['packages/*/src/**/*.test.{ts,tsx}', 'e2e/tests/**/*.test.ts'],
    // Those that ask the real tools again for what the others hold as facts, and those that take a minute.
    exclude: isLong ? configDefaults.exclude : [...configDefaults.exclude, '**/*.{oracle,long}.test.ts'],
    setupFiles: ['./vitest.setup.ts'],
    // A test that hangs is found; one that is slow on a busy machine has not failed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    // Most of the time they wait for processes, not for a core.
    maxWorkers: 3,
    // CI's machine is shared and slow at times: what fails there is tried twice more, and all tries are in its log.
    retry: process.env.CI ? 2 : 0,
  },
})
