/**
 * The compiled form of a module of this package. Threads and processes are started from a file, and Node.js 20 runs no TypeScript:
 * when this code itself runs from `src` (under the test runner), the file beside it in `dist` is meant.
 */
export function compiledFile(relativePath: string, importMetaUrl: string): URL {
  const url = new URL(relativePath, importMetaUrl)
  const path = url.pathname
  const source = path.lastIndexOf('/src/')
  if (importMetaUrl.endsWith('.ts') && source >= 0) url.pathname = `${path.slice(0, source)}/dist/${path.slice(source + '/src/'.length)}`
  return url
}
