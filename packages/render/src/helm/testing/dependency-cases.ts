import type { HelmCase } from './helm-case.ts'

/** Conditions, tags, aliases and imported values. Results are those of the real binaries. */
export const dependencyCases: readonly HelmCase[] = [
  {
    promise: 'a condition takes a chart out',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: a, version: "*", condition: a.enabled}
- {name: b, version: "*", condition: "none.here,b.enabled"}
- {name: c, version: "*"}
`,
      'values.yaml': `a: {enabled: false}
b: {enabled: true}
`,
      'templates/x.yaml': `deps: {{ range .Chart.Dependencies }}{{ .Name }} {{ .Enabled }} {{ end }}
subcharts: {{ keys .Subcharts | sortAlpha | toJson }}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
`,
      'charts/a/templates/x.yaml': `name: a
`,
      'charts/b/Chart.yaml': `apiVersion: v2
name: b
version: 0.1.0
`,
      'charts/b/templates/x.yaml': `name: b
`,
      'charts/c/Chart.yaml': `apiVersion: v2
name: c
version: 0.1.0
`,
      'charts/c/templates/x.yaml': `name: c
`,
    },
    result: `---
# Source: web/charts/b/templates/x.yaml
name: b
---
# Source: web/charts/c/templates/x.yaml
name: c
---
# Source: web/templates/x.yaml
deps: b true c true 
subcharts: ["b","c"]
`,
  },
  {
    promise: 'the first condition that is a boolean counts, and wins over tags',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: a, version: "*", condition: "a.text,a.off,a.on", tags: [front]}
- {name: b, version: "*", tags: [front, back]}
- {name: c, version: "*", tags: [back]}
`,
      'values.yaml': `tags: {front: false, back: true}
a: {text: yes please, off: true, on: false}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
`,
      'charts/a/templates/x.yaml': `name: a
`,
      'charts/b/Chart.yaml': `apiVersion: v2
name: b
version: 0.1.0
`,
      'charts/b/templates/x.yaml': `name: b
`,
      'charts/c/Chart.yaml': `apiVersion: v2
name: c
version: 0.1.0
`,
      'charts/c/templates/x.yaml': `name: c
`,
    },
    result: `---
# Source: web/charts/b/templates/x.yaml
name: b
---
# Source: web/charts/c/templates/x.yaml
name: c
`,
  },
  {
    promise: 'tags switch charts off',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: a, version: "*", tags: [front]}
- {name: b, version: "*", tags: [front, back]}
- {name: c, version: "*", tags: [other]}
`,
      'values.yaml': `tags: {front: false}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
`,
      'charts/a/templates/x.yaml': `name: a
`,
      'charts/b/Chart.yaml': `apiVersion: v2
name: b
version: 0.1.0
`,
      'charts/b/templates/x.yaml': `name: b
`,
      'charts/c/Chart.yaml': `apiVersion: v2
name: c
version: 0.1.0
`,
      'charts/c/templates/x.yaml': `name: c
`,
    },
    sets: [['set', 'tags.back=true']],
    result: `---
# Source: web/charts/b/templates/x.yaml
name: b
---
# Source: web/charts/c/templates/x.yaml
name: c
`,
  },
  {
    promise: 'one chart under two aliases',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: db, version: "0.x", alias: one}
- {name: db, version: "0.x", alias: two, condition: two.on}
`,
      'values.yaml': `one: {size: 1}
two: {size: 2, on: true}
`,
      'charts/db/Chart.yaml': `apiVersion: v2
name: db
version: 0.1.0
`,
      'charts/db/values.yaml': `size: 0
shared: x
`,
      'charts/db/templates/x.yaml': `name: {{ .Chart.Name }}
root: {{ .Chart.IsRoot }}
template: {{ .Template.Name }} {{ .Template.BasePath }}
values: {{ toJson .Values }}
`,
      'templates/x.yaml': `values: {{ toJson .Values }}
`,
    },
    result: `---
# Source: web/charts/one/templates/x.yaml
name: one
root: false
template: web/charts/one/templates/x.yaml web/charts/one/templates
values: {"global":{},"shared":"x","size":1}
---
# Source: web/charts/two/templates/x.yaml
name: two
root: false
template: web/charts/two/templates/x.yaml web/charts/two/templates
values: {"global":{},"shared":"x","size":2,"true":true}
---
# Source: web/templates/x.yaml
values: {"one":{"global":{},"shared":"x","size":1},"two":{"global":{},"shared":"x","size":2,"true":true}}
`,
  },
  {
    promise: 'aliases of charts that have charts',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: db, version: "0.x", alias: one}
- {name: db, version: "0.x", alias: two}
`,
      'charts/db/Chart.yaml': `apiVersion: v2
name: db
version: 0.1.0
dependencies:
- {name: leaf, version: "*", alias: inner}
`,
      'charts/db/templates/x.yaml': `db: {{ .Chart.Name }}
`,
      'charts/db/charts/leaf/Chart.yaml': `apiVersion: v2
name: leaf
version: 0.1.0
`,
      'charts/db/charts/leaf/templates/x.yaml': `leaf: {{ .Chart.Name }}
`,
    },
    result: {
      3: `---
# Source: web/charts/one/charts/inner/templates/x.yaml
leaf: inner
---
# Source: web/charts/one/templates/x.yaml
db: one
---
# Source: web/charts/two/charts/leaf/templates/x.yaml
leaf: leaf
---
# Source: web/charts/two/templates/x.yaml
db: two
`,
      4: `---
# Source: web/charts/one/charts/inner/templates/x.yaml
leaf: inner
---
# Source: web/charts/one/templates/x.yaml
db: one
---
# Source: web/charts/two/charts/inner/templates/x.yaml
leaf: inner
---
# Source: web/charts/two/templates/x.yaml
db: two
`,
    },
  },
  {
    promise: 'values are imported by name and by path',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- name: a
  version: "*"
  import-values:
  - data
  - {child: deep.inner, parent: taken}
  - {child: missing, parent: nowhere}
`,
      'values.yaml': `taken: {x: parent}
port: 1
`,
      'templates/x.yaml': `values: {{ toJson .Values }}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
`,
      'charts/a/values.yaml': `exports: {data: {port: 2, host: child}}
deep: {inner: {x: child, y: child}}
`,
      'charts/a/templates/x.yaml': `values: {{ toJson .Values }}
`,
    },
    result: `---
# Source: web/charts/a/templates/x.yaml
values: {"deep":{"inner":{"true":"child","x":"child"}},"exports":{"data":{"host":"child","port":2}},"global":{}}
---
# Source: web/templates/x.yaml
values: {"a":{"deep":{"inner":{"true":"child","x":"child"}},"exports":{"data":{"host":"child","port":2}},"global":{}},"host":"child","port":1,"taken":{"true":"child","x":"parent"}}
`,
  },
  {
    promise: 'imported values pass through two charts',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- name: a
  version: "*"
  import-values: [{child: got, parent: top}]
`,
      'templates/x.yaml': `values: {{ toJson .Values }}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
dependencies:
- name: b
  version: "*"
  import-values: [{child: give, parent: got}]
`,
      'charts/a/charts/b/Chart.yaml': `apiVersion: v2
name: b
version: 0.1.0
`,
      'charts/a/charts/b/values.yaml': `give: {x: 1, y: null}
`,
    },
    result: {
      3: `---
# Source: web/templates/x.yaml
values: {"a":{"b":{"give":{"x":1},"global":{}},"global":{},"got":{"x":1}},"top":{"true":null,"x":1}}
`,
      4: `---
# Source: web/templates/x.yaml
values: {"a":{"b":{"give":{"true":null,"x":1},"global":{}},"global":{},"got":{"true":null,"x":1}},"top":{"true":null,"x":1}}
`,
    },
  },
  {
    promise: 'null of a parent and imported values',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- name: a
  version: "*"
  import-values: [data]
`,
      'values.yaml': `port: null
mine: null
`,
      'templates/x.yaml': `values: {{ toJson .Values }}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
`,
      'charts/a/values.yaml': `exports: {data: {port: 2, host: null}}
`,
    },
    result: {
      3: `---
# Source: web/templates/x.yaml
values: {"a":{"exports":{"data":{"port":2}},"global":{}},"host":null,"mine":null,"port":null}
`,
      4: `---
# Source: web/templates/x.yaml
values: {"a":{"exports":{"data":{"host":null,"port":2}},"global":{}},"host":null,"mine":null,"port":null}
`,
    },
  },
  {
    promise: 'a chart that is not there is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: a, version: "1.x", repository: "https://charts.example.org"}
- {name: b, version: "1.x"}
`,
      'templates/x.yaml': `a: 1
`,
    },
    result: {
      3: 'Error: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: a, b',
      4: 'Error: an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: a, b',
    },
  },
  {
    promise: 'a chart of another version is no dependency',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: a, version: "^1.0.0"}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
`,
      'charts/a/templates/x.yaml': `name: a
`,
      'templates/x.yaml': `deps: {{ len .Chart.Dependencies }}
`,
    },
    result: `---
# Source: web/charts/a/templates/x.yaml
name: a
---
# Source: web/templates/x.yaml
deps: 1
`,
  },
  {
    promise: 'charts that Chart.yaml does not name are there too',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
dependencies:
- {name: a, version: "*", condition: a.on}
`,
      'values.yaml': `a: {on: false}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
`,
      'charts/a/templates/x.yaml': `name: a
`,
      'charts/z/Chart.yaml': `apiVersion: v2
name: z
version: 0.1.0
`,
      'charts/z/templates/x.yaml': `name: z
`,
    },
    result: `---
# Source: web/charts/a/templates/x.yaml
name: a
---
# Source: web/charts/z/templates/x.yaml
name: z
`,
  },
  {
    promise: 'library charts give definitions only',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/x.yaml': `name: {{ include "lib.name" . }}
`,
      'charts/lib/Chart.yaml': `apiVersion: v2
name: lib
version: 0.1.0
type: library
`,
      'charts/lib/templates/_names.tpl': '{{ define "lib.name" }}{{ .Release.Name }}-{{ .Values.suffix | default "none" }}{{ end }}',
      'charts/lib/templates/x.yaml': `never: shown
`,
    },
    result: `---
# Source: web/templates/x.yaml
name: release-name-none
`,
  },
  {
    promise: 'requirements.yaml of API version v1',
    files: {
      'Chart.yaml': `apiVersion: v1
name: web
version: 1.0.0
`,
      'requirements.yaml': `dependencies:
- {name: a, version: "*", alias: renamed, tags: [x]}
`,
      'templates/x.yaml': `file: {{ .Files.Get "requirements.yaml" | trim | quote }}
`,
      'charts/a/Chart.yaml': `apiVersion: v2
name: a
version: 0.1.0
`,
      'charts/a/templates/x.yaml': `name: {{ .Chart.Name }}
`,
    },
    result: `---
# Source: web/charts/renamed/templates/x.yaml
name: renamed
---
# Source: web/templates/x.yaml
file: "dependencies:\\n- {name: a, version: \\"*\\", alias: renamed, tags: [x]}"
`,
  },
  {
    promise: 'charts below _ and . count for nothing',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/x.yaml': `a: 1
`,
      'charts/_off/Chart.yaml': 'nonsense',
      'charts/.off/x': 'nonsense',
      'charts/README.md': 'text',
      'charts/on/Chart.yaml': `apiVersion: v2
name: on
version: 0.1.0
`,
      'charts/on/templates/x.yaml': `on: 1
`,
    },
    result: 'Error: error unpacking subchart README.md in web: Chart.yaml file is missing',
  },
  {
    promise: 'the definition of a parent wins over that of its charts',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/_a.tpl': '{{ define "shared" }}parent{{ end }}',
      'templates/x.yaml': `a: {{ include "shared" . }}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/templates/_a.tpl': '{{ define "shared" }}child{{ end }}',
      'charts/sub/templates/x.yaml': `a: {{ include "shared" . }}
`,
    },
    result: `---
# Source: web/charts/sub/templates/x.yaml
a: parent
---
# Source: web/templates/x.yaml
a: parent
`,
  },
]
