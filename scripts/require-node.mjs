// Imported before everything else, and written for old versions too: whoever has one shall read a sentence, not a stack trace.
const wanted = [20, 19]
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(`Plimsoll needs Node.js ${wanted.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).`)
  console.error('Install a newer one (https://nodejs.org, or your version manager) and run the same command again.')
  process.exit(1)
}
