#include "textflag.h"

// Both tiles work alike. A register holds the sums of one row and 16 (8)
// queries; each step takes one value of every query from the panel, and one
// value of every row, which it multiplies with them. Rows are reached through
// one pointer for three of them: (P), (P)(stride), (P)(2*stride).
//
//	AX, R8, R9, R10  rows 0, 3, 6, 9    BX  stride in bytes
//	DX               panel              CX  places left

// ---- 12 rows, 32 queries: Z0 to Z23 are the sums, Z24 and Z25 the queries

#define ROW512(value, low, high) \
	VBROADCASTSS value, Z26; \
	VFMADD231PS  Z24, Z26, low; \
	VFMADD231PS  Z25, Z26, high

#define STEP512(at, low, high) \
	VMOVUPS low(DX), Z24; \
	VMOVUPS high(DX), Z25; \
	ROW512(at(AX), Z0, Z1); \
	ROW512(at(AX)(BX*1), Z2, Z3); \
	ROW512(at(AX)(BX*2), Z4, Z5); \
	ROW512(at(R8), Z6, Z7); \
	ROW512(at(R8)(BX*1), Z8, Z9); \
	ROW512(at(R8)(BX*2), Z10, Z11); \
	ROW512(at(R9), Z12, Z13); \
	ROW512(at(R9)(BX*1), Z14, Z15); \
	ROW512(at(R9)(BX*2), Z16, Z17); \
	ROW512(at(R10), Z18, Z19); \
	ROW512(at(R10)(BX*1), Z20, Z21); \
	ROW512(at(R10)(BX*2), Z22, Z23)

#define CLEAR512(a, b, c, d) \
	VPXORQ a, a, a; \
	VPXORQ b, b, b; \
	VPXORQ c, c, c; \
	VPXORQ d, d, d

// JUDGE512 compares the sums of row r with scale*limit + bias: SI is the
// scales, DI the biases, R11 the masks, Z24 and Z25 the limits.
#define JUDGE512(at, low, high) \
	VBROADCASTSS at(SI), Z26; \
	VBROADCASTSS at(DI), Z27; \
	VMOVAPS      Z27, Z28; \
	VFMADD231PS  Z24, Z26, Z27; \
	VFMADD231PS  Z25, Z26, Z28; \
	VCMPPS       $0x1D, Z27, low, K1; \
	VCMPPS       $0x1D, Z28, high, K2; \
	KMOVW        K1, R12; \
	KMOVW        K2, R13; \
	SHLL         $16, R13; \
	ORL          R13, R12; \
	MOVL         R12, at(R11)

// func tile12x32(rows *float32, stride uintptr, panel *float32, dim int, limit, scale, bias *float32, mask *uint32)
TEXT ·tile12x32(SB), NOSPLIT, $0-64
	MOVQ rows+0(FP), AX
	MOVQ stride+8(FP), BX
	MOVQ panel+16(FP), DX
	MOVQ dim+24(FP), CX
	LEAQ (BX)(BX*2), R12
	LEAQ (AX)(R12*1), R8
	LEAQ (R8)(R12*1), R9
	LEAQ (R9)(R12*1), R10
	CLEAR512(Z0, Z1, Z2, Z3)
	CLEAR512(Z4, Z5, Z6, Z7)
	CLEAR512(Z8, Z9, Z10, Z11)
	CLEAR512(Z12, Z13, Z14, Z15)
	CLEAR512(Z16, Z17, Z18, Z19)
	CLEAR512(Z20, Z21, Z22, Z23)
	SUBQ $4, CX
	JLT  rest

four:
	STEP512(0, 0, 64)
	STEP512(4, 128, 192)
	STEP512(8, 256, 320)
	STEP512(12, 384, 448)
	ADDQ $16, AX
	ADDQ $16, R8
	ADDQ $16, R9
	ADDQ $16, R10
	ADDQ $512, DX
	SUBQ $4, CX
	JGE  four

rest:
	ADDQ $4, CX
	JZ   judge

one:
	STEP512(0, 0, 64)
	ADDQ $4, AX
	ADDQ $4, R8
	ADDQ $4, R9
	ADDQ $4, R10
	ADDQ $128, DX
	DECQ CX
	JNZ  one

judge:
	MOVQ    limit+32(FP), AX
	MOVQ    scale+40(FP), SI
	MOVQ    bias+48(FP), DI
	MOVQ    mask+56(FP), R11
	VMOVUPS (AX), Z24
	VMOVUPS 64(AX), Z25
	JUDGE512(0, Z0, Z1)
	JUDGE512(4, Z2, Z3)
	JUDGE512(8, Z4, Z5)
	JUDGE512(12, Z6, Z7)
	JUDGE512(16, Z8, Z9)
	JUDGE512(20, Z10, Z11)
	JUDGE512(24, Z12, Z13)
	JUDGE512(28, Z14, Z15)
	JUDGE512(32, Z16, Z17)
	JUDGE512(36, Z18, Z19)
	JUDGE512(40, Z20, Z21)
	JUDGE512(44, Z22, Z23)
	VZEROUPPER
	RET

// ---- 6 rows, 16 queries: Y0 to Y11 are the sums, Y12 and Y13 the queries

#define ROW256(value, low, high) \
	VBROADCASTSS value, Y14; \
	VFMADD231PS  Y12, Y14, low; \
	VFMADD231PS  Y13, Y14, high

#define STEP256(at, low, high) \
	VMOVUPS low(DX), Y12; \
	VMOVUPS high(DX), Y13; \
	ROW256(at(AX), Y0, Y1); \
	ROW256(at(AX)(BX*1), Y2, Y3); \
	ROW256(at(AX)(BX*2), Y4, Y5); \
	ROW256(at(R8), Y6, Y7); \
	ROW256(at(R8)(BX*1), Y8, Y9); \
	ROW256(at(R8)(BX*2), Y10, Y11)

#define CLEAR256(a, b, c, d) \
	VXORPS a, a, a; \
	VXORPS b, b, b; \
	VXORPS c, c, c; \
	VXORPS d, d, d

#define JUDGE256(at, low, high) \
	VBROADCASTSS at(SI), Y14; \
	VBROADCASTSS at(DI), Y15; \
	VFMADD231PS  Y12, Y14, Y15; \
	VCMPPS       $0x1D, Y15, low, low; \
	VBROADCASTSS at(DI), Y15; \
	VFMADD231PS  Y13, Y14, Y15; \
	VCMPPS       $0x1D, Y15, high, high; \
	VMOVMSKPS    low, R12; \
	VMOVMSKPS    high, R13; \
	SHLL         $8, R13; \
	ORL          R13, R12; \
	MOVL         R12, at(R11)

// func tile6x16(rows *float32, stride uintptr, panel *float32, dim int, limit, scale, bias *float32, mask *uint32)
TEXT ·tile6x16(SB), NOSPLIT, $0-64
	MOVQ rows+0(FP), AX
	MOVQ stride+8(FP), BX
	MOVQ panel+16(FP), DX
	MOVQ dim+24(FP), CX
	LEAQ (BX)(BX*2), R12
	LEAQ (AX)(R12*1), R8
	CLEAR256(Y0, Y1, Y2, Y3)
	CLEAR256(Y4, Y5, Y6, Y7)
	CLEAR256(Y8, Y9, Y10, Y11)
	SUBQ $4, CX
	JLT  rest

four:
	STEP256(0, 0, 32)
	STEP256(4, 64, 96)
	STEP256(8, 128, 160)
	STEP256(12, 192, 224)
	ADDQ $16, AX
	ADDQ $16, R8
	ADDQ $256, DX
	SUBQ $4, CX
	JGE  four

rest:
	ADDQ $4, CX
	JZ   judge

one:
	STEP256(0, 0, 32)
	ADDQ $4, AX
	ADDQ $4, R8
	ADDQ $64, DX
	DECQ CX
	JNZ  one

judge:
	MOVQ    limit+32(FP), AX
	MOVQ    scale+40(FP), SI
	MOVQ    bias+48(FP), DI
	MOVQ    mask+56(FP), R11
	VMOVUPS (AX), Y12
	VMOVUPS 32(AX), Y13
	JUDGE256(0, Y0, Y1)
	JUDGE256(4, Y2, Y3)
	JUDGE256(8, Y4, Y5)
	JUDGE256(12, Y6, Y7)
	JUDGE256(16, Y8, Y9)
	JUDGE256(20, Y10, Y11)
	VZEROUPPER
	RET

// ---- double precision, 8 values a step

#define SUM64 \
	VADDPD       Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPD       X1, X0, X0; \
	VHADDPD      X0, X0, X0

// func dot8(a, b *float32, n int) float64
TEXT ·dot8(SB), NOSPLIT, $0-32
	MOVQ   a+0(FP), AX
	MOVQ   b+8(FP), BX
	MOVQ   n+16(FP), CX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1

loop:
	VCVTPS2PD   (AX), Y2
	VCVTPS2PD   (BX), Y3
	VCVTPS2PD   16(AX), Y4
	VCVTPS2PD   16(BX), Y5
	VFMADD231PD Y2, Y3, Y0
	VFMADD231PD Y4, Y5, Y1
	ADDQ        $32, AX
	ADDQ        $32, BX
	SUBQ        $8, CX
	JNZ         loop
	SUM64
	VZEROUPPER
	MOVSD       X0, ret+24(FP)
	RET

// func square8(a, b *float32, n int) float64
TEXT ·square8(SB), NOSPLIT, $0-32
	MOVQ   a+0(FP), AX
	MOVQ   b+8(FP), BX
	MOVQ   n+16(FP), CX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1

loop:
	VCVTPS2PD   (AX), Y2
	VCVTPS2PD   (BX), Y3
	VCVTPS2PD   16(AX), Y4
	VCVTPS2PD   16(BX), Y5
	VSUBPD      Y3, Y2, Y2
	VSUBPD      Y5, Y4, Y4
	VFMADD231PD Y2, Y2, Y0
	VFMADD231PD Y4, Y4, Y1
	ADDQ        $32, AX
	ADDQ        $32, BX
	SUBQ        $8, CX
	JNZ         loop
	SUM64
	VZEROUPPER
	MOVSD       X0, ret+24(FP)
	RET
