import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** The console is built into `dist` and served by the server, which also sends the content security policy. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressed()],
  // The sources: in a fresh clone the console is built beside the rest, and nothing of that is there yet.
  resolve: { alias: { '@plimsoll/api': join(import.meta.dirname, '..', 'api', 'src', 'index.ts') } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The policy allows no `data:` scripts and no inline modules.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: { '/api': process.env['PLIMSOLL_SERVER'] ?? 'http://127.0.0.1:7421' } },
})

/** Puts a `.br` and a `.gz` beside each larger file: the server sends them as they are. */
function compressed(): Plugin {
  const out = join(import.meta.dirname, 'dist')
  return {
    name: 'compressed',
    apply: 'build',
    async closeBundle() {
      const names = await readdir(out, { recursive: true })
      for (const name of names.filter((one) => /\.(?:js|css|svg)$/.test(one))) {
        const content = await readFile(join(out, name))
        if (content.length < 1_400) continue
        // The highest levels take seconds for the layout kernel and save little.
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: content.length > 1_000_000 ? 5 : 9 } }
        await writeFile(join(out, `${name}.br`), await promisify(brotliCompress)(content, quality))
        await writeFile(join(out, `${name}.gz`), await promisify(gzip)(content))
      }
    },
  }
}
