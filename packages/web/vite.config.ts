import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The console is built into `dist` and served by the server, which also sends the content security policy. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
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
