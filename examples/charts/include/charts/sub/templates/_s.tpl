{{- define "overridden" }}sub{{ end -}}
{{- define "sub.only" }}{{ .Chart.Name }} {{ .Values | toJson }}{{ end -}}
