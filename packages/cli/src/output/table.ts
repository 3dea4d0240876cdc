/** Columns two blanks apart, as `argocd` and `kubectl` set them. Text from outside cannot move the cursor or colour the terminal. */
export function table(headers: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const lines = [headers, ...rows].map((row) => headers.map((_, column) => printable(row[column] ?? '')))
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `Name:               demo`. */
export function field(name: string, value: string | undefined): string {
  return `${name.padEnd(20)}${printable(value ?? '')}`.trimEnd()
}

export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '�')
}
