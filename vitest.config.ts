import { defineConfig } from 'vitest/config'

/** Those that take minutes of waiting, or a peer that few machines have: `npm test -- --long`, and CI. */
const isLong = process.env.PLIMSOLL_LONG_TESTS === '1'

export default defineConfig({
  test: {
    include: isLong ? ['e2e/long/**/*.test.ts'] : ['packages/*/src/**/*.test.{ts,tsx}', 'e2e/tests/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Most of the time they wait for processes, not for a core.
    maxWorkers: 3,
    // CI's machine is shared and slow at times: what fails there is tried once more, and both tries are in its log.
    retry: process.env.CI ? 1 : 0,
  },
})
