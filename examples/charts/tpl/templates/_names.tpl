{{- define "tpl.name" -}}
name of {{ .Chart.Name }}
{{- end -}}
{{- define "tpl.render" -}}
{{- $value := typeIs "string" .value | ternary .value (.value | toYaml) }}
{{- if contains "{{" (toJson .value) }}{{ tpl $value .context }}{{ else }}{{ $value }}{{ end }}
{{- end -}}
