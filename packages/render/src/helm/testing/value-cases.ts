import type { HelmCase } from './helm-case.ts'

/** How values of a chart, of value files and of flags come together. Results are those of the real binaries. */
export const valueCases: readonly HelmCase[] = [
  {
    promise: 'files win over the chart, flags over files, and later ones over earlier ones',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: chart
b: chart
c: chart
d: {x: chart, y: chart}
l: [chart]
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['b: one\nc: one\nd: {y: one}\n', 'c: two\nl: [two, 2]\n'],
    sets: [
      ['set', 'd.z=flag,n=5'],
      ['set-string', 's=5'],
    ],
    result: `---
# Source: web/templates/a.yaml
values: {"a":"chart","b":"one","c":"two","d":{"true":"one","x":"chart","z":"flag"},"l":["two",2],"n":5,"s":"5"}
`,
  },
  {
    promise: 'null takes a value of the chart away',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: 1
b: {x: 1, y: {z: 1}}
c: {d: 1}
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['a: null\nb: {x: null, y: {z: null, new: null}, w: null}\nc: null\nunknown: null\n'],
    result: `---
# Source: web/templates/a.yaml
values: {"b":{"true":{"new":null},"w":null},"unknown":null}
`,
  },
  {
    promise: 'null in the defaults of a chart stays, unless something takes its place',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: null
b: {x: null}
c: null
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['c: 1\nb: {y: 2}\n'],
    result: `---
# Source: web/templates/a.yaml
values: {"a":null,"b":{"true":2,"x":null},"c":1}
`,
  },
  {
    promise: 'null takes a value of a sub-chart away from its parent',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `sub: {a: null, b: {x: null}}
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/values.yaml': `a: 1
b: {x: 1, y: 1}
c: 1
`,
      'charts/sub/templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['sub: {c: null}\n'],
    result: `---
# Source: web/charts/sub/templates/a.yaml
values: {"b":{"true":1},"global":{}}
---
# Source: web/templates/a.yaml
values: {"sub":{"b":{"true":1},"global":{}}}
`,
  },
  {
    promise: 'null takes a table of a sub-chart away',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `sub: {b: {x: 2}}
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/values.yaml': `b: {x: 1, y: {z: 1}}
c: {d: 1}
`,
      'charts/sub/templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['sub: {b: {y: null}, c: null}\n'],
    result: `---
# Source: web/charts/sub/templates/a.yaml
values: {"b":{"x":2},"global":{}}
---
# Source: web/templates/a.yaml
values: {"sub":{"b":{"x":2},"global":{}}}
`,
  },
  {
    promise: 'globals reach every sub-chart, and a parent wins',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `global: {a: root, t: {x: root}}
sub: {global: {b: fromroot}}
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/values.yaml': `global: {a: sub, c: sub, t: {x: sub, y: sub}}
`,
      'charts/sub/templates/a.yaml': `values: {{ toJson .Values }}
`,
      'charts/sub/charts/leaf/Chart.yaml': `apiVersion: v2
name: leaf
version: 0.1.0
`,
      'charts/sub/charts/leaf/templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    sets: [['set', 'global.d=flag']],
    result: `---
# Source: web/charts/sub/charts/leaf/templates/a.yaml
values: {"global":{"a":"root","b":"fromroot","c":"sub","d":"flag","t":{"true":"sub","x":"root"}}}
---
# Source: web/charts/sub/templates/a.yaml
values: {"global":{"a":"root","b":"fromroot","c":"sub","d":"flag","t":{"true":"sub","x":"root"}},"leaf":{"global":{"a":"root","b":"fromroot","c":"sub","d":"flag","t":{"true":"sub","x":"root"}}}}
---
# Source: web/templates/a.yaml
values: {"global":{"a":"root","d":"flag","t":{"x":"root"}},"sub":{"global":{"a":"root","b":"fromroot","c":"sub","d":"flag","t":{"true":"sub","x":"root"}},"leaf":{"global":{"a":"root","b":"fromroot","c":"sub","d":"flag","t":{"true":"sub","x":"root"}}}}}
`,
  },
  {
    promise: 'a global null of the user',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `global: {a: 1, t: {x: 1}}
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/values.yaml': `global: {a: 2, t: {x: 2, y: 2}}
`,
      'charts/sub/templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['global: {a: null, t: {x: null, y: null}}\n'],
    result: `---
# Source: web/charts/sub/templates/a.yaml
values: {"global":{"a":2,"t":{"x":2}}}
---
# Source: web/templates/a.yaml
values: {"global":{"t":{"true":null}},"sub":{"global":{"a":2,"t":{"x":2}}}}
`,
  },
  {
    promise: 'a table stays where a text should replace it',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: {x: 1}
b: text
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['a: text\nb: {x: 1}\n'],
    result: `---
# Source: web/templates/a.yaml
values: {"a":"text","b":{"x":1}}
`,
  },
  {
    promise: 'a sub-chart whose values are no table is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `sub: text
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
    },
    result: 'Error: type mismatch on sub: %!t(string=text)',
  },
  {
    promise: 'numbers of values.yaml are texts of JSON in Helm 3.18.0 and floats in Helm 4',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `million: 1000000
one: 1.0
zero: 0
big: 12345678901234567890
octal: 010
`,
      'templates/a.yaml': `million: {{ .Values.million }}
one: {{ .Values.one }}
big: {{ .Values.big }}
octal: {{ .Values.octal }}
zero: {{ if .Values.zero }}true{{ else }}false{{ end }}
kind: {{ kindOf .Values.million }}
type: {{ typeOf .Values.million }}
int: {{ int .Values.million }}
add: {{ add .Values.million 1 }}
yaml: {{ toYaml .Values | nindent 2 }}
`,
    },
    result: {
      3: `---
# Source: web/templates/a.yaml
million: 1000000
one: 1
big: 12345678901234567890
octal: 8
zero: true
kind: string
type: json.Number
int: 1000000
add: 1000001
yaml: 
  big: 12345678901234567890
  million: 1000000
  octal: 8
  one: 1
  zero: 0
`,
      4: `---
# Source: web/templates/a.yaml
million: 1e+06
one: 1
big: 1.2345678901234567e+19
octal: 8
zero: false
kind: float64
type: float64
int: 1000000
add: 1000001
yaml: 
  big: 12345678901234567000
  million: 1000000
  octal: 8
  one: 1
  zero: 0
`,
    },
  },
  {
    promise: 'numbers of value files are floats, and those of --set whole numbers',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `file: {{ .Values.file }} {{ typeOf .Values.file }}
set: {{ .Values.set }} {{ typeOf .Values.set }}
json: {{ .Values.json }} {{ typeOf .Values.json }}
`,
    },
    values: ['file: 1000000\n'],
    sets: [
      ['set', 'set=1000000'],
      ['set-json', 'json=1000000'],
    ],
    result: `---
# Source: web/templates/a.yaml
file: 1e+06 float64
set: 1000000 int64
json: 1e+06 float64
`,
  },
  {
    promise: 'comparing a number of values.yaml with a whole number fails',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `n: 5
replicas: 5
`,
      'templates/a.yaml': `a: {{ eq .Values.replicas 5 }}
`,
    },
    result: {
      3: 'Error: template: web/templates/a.yaml:1:6: executing "web/templates/a.yaml" at <eq .Values.replicas 5>: error calling eq: incompatible types for comparison',
      4: 'Error: template: web/templates/a.yaml:1:6: executing "web/templates/a.yaml" at <eq .Values.replicas 5>: error calling eq: incompatible types for comparison: float64 and int',
    },
  },
  {
    promise: 'kinds of flags have an order of their own',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    sets: [
      ['set-string', 'a=string'],
      ['set', 'a=set'],
      ['set-json', 'a="json"'],
      ['set-literal', 'b=x,y=z'],
      ['set', 'b=1'],
    ],
    result: `---
# Source: web/templates/a.yaml
values: {"a":"string","b":"x,y=z"}
`,
  },
  {
    promise: 'a whole object of JSON is a value of Helm 4 only',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: {x: 1}
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    sets: [['set-json', '{"a": {"y": [1, null]}}']],
    result: {
      3: 'Error: failed parsing --set-json data {"a": {"y": [1, null]}}',
      4: `---
# Source: web/templates/a.yaml
values: {"a":{"x":1,"y":[1,null]}}
`,
    },
  },
  {
    promise: 'the second document of a values file counts in Helm 4 only',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: 1
---
b: 2
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['c: 1\n--- # more\nc: 2\nd: 3\n'],
    result: {
      3: `---
# Source: web/templates/a.yaml
values: {"a":1,"c":1}
`,
      4: `---
# Source: web/templates/a.yaml
values: {"a":1,"b":2,"c":2,"d":3}
`,
    },
  },
  {
    promise: 'a values file that is a list is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    values: ['- a\n'],
    result: {
      3: 'Error: failed to parse values-0.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
      4: 'Error: failed to parse values-0.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    },
  },
  {
    promise: 'values.yaml that is no YAML is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: b: c
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
`,
    },
    result: {
      3: 'Error: cannot load values.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context',
      4: 'Error: cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: mapping values are not allowed in this context',
    },
  },
  {
    promise: 'what a sub-chart sets its parent sees',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `seen: {{ toJson .Values.sub }}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/values.yaml': `a: 1
`,
      'charts/sub/templates/a.yaml': `{{ $_ := set .Values "b" "two" }}own: {{ toJson .Values }}
`,
    },
    result: `---
# Source: web/charts/sub/templates/a.yaml
own: {"a":1,"b":"two","global":{}}
---
# Source: web/templates/a.yaml
seen: {"a":1,"b":"two","global":{}}
`,
  },
  {
    promise: 'names such as __proto__ are ordinary',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `__proto__: {a: 1}
constructor: {prototype: 2}
toString: x
`,
      'templates/a.yaml': `values: {{ toJson .Values }}
p: {{ .Values.__proto__.a }}
c: {{ .Values.constructor.prototype }}
none: {{ .Values.hasOwnProperty }}
`,
    },
    sets: [['set', '__proto__.b=2']],
    result: `---
# Source: web/templates/a.yaml
values: {"__proto__":{"a":1,"b":2},"constructor":{"prototype":2},"toString":"x"}
p: 1
c: 2
none:
`,
  },
]
