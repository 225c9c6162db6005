package text

// pairs are the numbers 00 to 99.
const pairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869" +
	"707172737475767778798081828384858687888990919293949596979899"

const zeros = "0000000000000000000000"

// appendDecimal adds digits · 10^exponent: with a point where the number is
// neither very large nor very small, with an exponent otherwise.
func appendDecimal(dst []byte, digits uint32, exponent int) []byte {
	for digits%10 == 0 {
		digits /= 10
		exponent++
	}
	var buffer [10]byte
	at := len(buffer)
	for digits >= 100 {
		pair := digits % 100 * 2
		digits /= 100
		at -= 2
		buffer[at], buffer[at+1] = pairs[pair], pairs[pair+1]
	}
	at -= 2
	buffer[at], buffer[at+1] = pairs[digits*2], pairs[digits*2+1]
	if digits < 10 {
		at++
	}
	text := buffer[at:]
	point := len(text) + exponent // digits before the point
	switch {
	case point > 21 || point < -5:
		return appendScientific(dst, text, point-1)
	case exponent >= 0:
		return append(append(dst, text...), zeros[:exponent]...)
	case point <= 0:
		dst = append(append(dst, "0."...), zeros[:-point]...)
		return append(dst, text...)
	default:
		dst = append(append(dst, text[:point]...), '.')
		return append(dst, text[point:]...)
	}
}

func appendScientific(dst, digits []byte, exponent int) []byte {
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'e')
	if exponent < 0 {
		dst = append(dst, '-')
		exponent = -exponent
	}
	return append(dst, pairs[exponent*2], pairs[exponent*2+1])
}
