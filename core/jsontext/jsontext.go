// Package jsontext writes text into JSON, for all that write JSON by hand
// because they write much of it.
package jsontext

const hexadecimal = "0123456789abcdef"

// AppendEscaped adds the inside of a JSON string to dst, without its quotes.
// Only what JSON forbids is escaped. Text that is not UTF-8 gives no JSON: that
// is the caller's to know.
func AppendEscaped(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexadecimal[c>>4], hexadecimal[c&15])
		}
	}
	return append(dst, s[from:]...)
}
