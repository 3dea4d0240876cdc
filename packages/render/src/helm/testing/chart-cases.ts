import type { HelmCase } from './helm-case.ts'

/** What makes a chart, and what is refused. Results are those of the real binaries. */
export const chartCases: readonly HelmCase[] = [
  {
    promise: 'no Chart.yaml',
    files: {
      'templates/a.yaml': `a: 1
`,
    },
    result: {
      3: 'Error: Chart.yaml file is missing',
      4: 'Error: unable to detect chart at chart/Chart.yaml: open chart/Chart.yaml: no such file or directory',
    },
  },
  {
    promise: 'no name',
    files: {
      'Chart.yaml': `apiVersion: v2
version: 1.0.0
`,
    },
    result: 'Error: validation: chart.metadata.name is required',
  },
  {
    promise: 'no version',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
`,
    },
    result: 'Error: validation: chart.metadata.version is required',
  },
  {
    promise: 'a version that is none',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: one
`,
    },
    result: 'Error: validation: chart.metadata.version "one" is invalid',
  },
  {
    promise: 'a number as a version',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.10
appVersion: 20240101
`,
      'templates/a.yaml': `v: {{ .Chart.Version }} {{ .Chart.AppVersion | quote }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
v: 1.1 "20240101"
`,
  },
  {
    promise: 'a short hash as the version of the application that reads as a number',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.0.0
appVersion: 72445e2
`,
      'templates/a.yaml': `v: {{ .Chart.AppVersion | quote }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
v: "7.2445e+06"
`,
  },
  {
    promise: 'no API version',
    files: {
      'Chart.yaml': `name: web
version: 1.0.0
`,
      'templates/a.yaml': `v: {{ .Chart.APIVersion }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
v: v1
`,
  },
  {
    promise: 'an API version of the future',
    files: {
      'Chart.yaml': `apiVersion: v9
name: web
version: 1.0.0
`,
      'templates/a.yaml': `v: {{ .Chart.APIVersion }}
`,
    },
    result: {
      3: `---
# Source: web/templates/a.yaml
v: v9
`,
      4: 'Error: unsupported chart version',
    },
  },
  {
    promise: 'a name that is a path',
    files: {
      'Chart.yaml': `apiVersion: v2
name: ../web
version: 1.0.0
`,
    },
    result: 'Error: validation: chart.metadata.name "../web" is invalid',
  },
  {
    promise: 'a name of dots',
    files: {
      'Chart.yaml': `apiVersion: v2
name: ..
version: 1.0.0
`,
      'templates/a.yaml': `a: 1
`,
    },
    result: {
      3: `---
# Source: ../templates/a.yaml
a: 1
`,
      4: 'Error: validation: chart.metadata.name ".." is not allowed',
    },
  },
  {
    promise: 'an unknown type',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
type: other
`,
    },
    result: 'Error: validation: chart.metadata.type must be application or library',
  },
  {
    promise: 'a library cannot be installed',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
type: library
`,
    },
    result: 'Error: library charts are not installable',
  },
  {
    promise: 'names of fields in capitals',
    files: {
      'Chart.yaml': `APIVersion: v2
NAME: web
Version: 1.0.0
`,
      'templates/a.yaml': `v: {{ .Chart.Name }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
v: web
`,
  },
  {
    promise: 'unknown fields',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
unknown: {a: 1}
engine: gotpl
`,
      'templates/a.yaml': `a: 1
`,
    },
    result: `---
# Source: web/templates/a.yaml
a: 1
`,
  },
  {
    promise: 'a name that is a table',
    files: {
      'Chart.yaml': `apiVersion: v2
name: {a: 1}
version: 1.0.0
`,
    },
    result:
      'Error: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go struct field Metadata.name of type string',
  },
  {
    promise: 'Chart.yaml that is no YAML',
    files: {
      'Chart.yaml': `a: b: c
`,
    },
    result: 'Error: cannot load Chart.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context',
  },
  {
    promise: 'Chart.yaml that is a list',
    files: {
      'Chart.yaml': `- a
`,
    },
    result: {
      3: 'Error: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type chart.Metadata',
      4: 'Error: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type loader.chartBase',
    },
  },
  {
    promise: 'one name for two dependencies',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: a, version: "1"}
- {name: b, alias: a, version: "1"}
`,
    },
    result: 'Error: validation: more than one dependency with name or alias "a"',
  },
  {
    promise: 'an alias of wrong characters',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: a, version: "1", alias: "a.b"}
`,
    },
    result: 'Error: validation: dependency "a" has disallowed characters in the alias',
  },
  {
    promise: 'a dependency that is null',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies: [null]
`,
    },
    result: 'Error: validation: dependencies must not contain empty or null nodes',
  },
  {
    promise: 'a sub-chart that is none',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'charts/sub/values.yaml': `a: 1
`,
    },
    result: 'Error: error unpacking subchart sub in web: Chart.yaml file is missing',
  },
  {
    promise: 'a sub-chart whose values do not parse',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/values.yaml': `a: b: c
`,
    },
    result: {
      3: 'Error: error unpacking subchart sub in web: cannot load values.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context',
      4: 'Error: error unpacking subchart sub in web: cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: mapping values are not allowed in this context',
    },
  },
  {
    promise: 'ignored files are not there',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      '.helmignore': `# comment
*.txt
/root.md
secret/
docs/*.md
`,
      'a.txt': 'a',
      'b.md': 'b',
      'root.md': 'r',
      'deep/root.md': 'r',
      'secret/x.yaml': 'x',
      'docs/a.md': 'd',
      'docs/b/c.md': 'd',
      'templates/.hidden.yaml': 'x: [',
      'templates/a.yaml': `files: {{ range $p, $_ := .Files }}{{ $p }} {{ end }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
files: .helmignore b.md deep/root.md docs/b/c.md
`,
  },
  {
    promise: 'an exclamation mark ignores all else',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      '.helmignore': `!Chart.yaml
`,
      'templates/a.yaml': `a: 1
`,
      'values.yaml': `a: 1
`,
    },
    result: `
`,
  },
  {
    promise: 'two stars are refused',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      '.helmignore': `a/**/b
`,
      'templates/a.yaml': `a: 1
`,
    },
    result: 'Error: double-star (**) syntax is not supported',
  },
  {
    promise: 'rules of a sub-chart count for nothing',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/.helmignore': `*.txt
`,
      'charts/sub/a.txt': 'a',
      'charts/sub/templates/a.yaml': `files: {{ range $p, $_ := .Files }}{{ $p }} {{ end }}
`,
    },
    result: `---
# Source: web/charts/sub/templates/a.yaml
files: .helmignore a.txt
`,
  },
  {
    promise: 'a release name with capitals',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: 1
`,
    },
    name: 'Web',
    result: {
      3: 'Error: release name "Web": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53',
      4: 'Error: release name check failed: release name "Web": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53',
    },
  },
  {
    promise: 'a release name that is too long',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: 1
`,
    },
    name: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    result: {
      3: 'Error: release name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53',
      4: 'Error: release name check failed: release name "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53',
    },
  },
  {
    promise: 'a kube version that is none',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: 1
`,
    },
    kubeVersion: 'latest',
    result: {
      3: `Error: invalid kube version 'latest': Invalid Semantic Version`,
      4: `Error: invalid kube version 'latest': could not parse "latest" as version`,
    },
  },
  {
    promise: 'values that do not fit the schema',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `replicas: many
`,
      'values.schema.json': '{"type": "object", "properties": {"replicas": {"type": "integer"}}}',
      'templates/a.yaml': `a: 1
`,
    },
    result: 'Error',
  },
  {
    promise: 'values of a sub-chart that do not fit its schema',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `sub: {replicas: many}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/values.schema.json': '{"properties": {"replicas": {"type": "integer"}}}',
      'templates/a.yaml': `a: 1
`,
    },
    result: 'Error',
  },
  {
    promise: 'schemas can be skipped',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `replicas: many
`,
      'values.schema.json': '{"properties": {"replicas": {"type": "integer"}}}',
      'templates/a.yaml': `a: 1
`,
    },
    more: { skipSchemaValidation: true },
    args: ['--skip-schema-validation'],
    result: `---
# Source: web/templates/a.yaml
a: 1
`,
  },
]
