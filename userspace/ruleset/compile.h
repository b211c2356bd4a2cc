/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From bytecode to steps: what the parts of the compiler share.
 *
 * A register is a row of bits, each of which says where it comes from.  So
 * masks, shifts, byte orders, partial loads and keys of several fields need no
 * special case: whoever asks a register collects the bits of each field.
 */
#ifndef RULESET_COMPILE_H
#define RULESET_COMPILE_H

#include <stdio.h>

#include <linux/netlink.h>
#include <libnftnl/expr.h>

#include "ruleset/dump.h"

/* NFT_REG32_COUNT words */
#define REGISTER_BYTES	64
#define REGISTER_BITS	(8 * REGISTER_BYTES)

/* Different things that one rule asks and nobody can know; further ones share the last. */
#define NAMES_MOST	16

enum origin {
	ORIGIN_CONSTANT,	/* @flip is the bit */
	ORIGIN_FIELD,		/* bit @index of @field */
	ORIGIN_NAME,		/* bit of the name of an interface or helper */
	ORIGIN_NUMBER,		/* bit of the kernel's index of an interface */
	ORIGIN_DATA,		/* bit of what the last lookup found */
	ORIGIN_UNKNOWN,		/* names[@index] says of what */
};

/**
 * struct bit - one bit of a register
 * @origin: enum origin
 * @field: enum field, for three of the origins
 * @index: which bit of it, as a number: 0 counts one
 * @flip: it is the other way round
 */
struct bit {
	uint8_t origin;
	uint8_t field;
	uint8_t index;
	uint8_t flip;
};

/**
 * struct bits - bits as a packet's bytes hold them
 * @bit: eight for each byte, the lowest first
 * @bytes: how many bytes
 */
struct bits {
	struct bit bit[REGISTER_BITS];
	unsigned int bytes;
};

/**
 * struct key - fields that are looked up
 * @field: which
 * @count: entries of @field
 * @doubt: what else was looked up and cannot be known, or NULL
 */
struct key {
	enum field field[KEY_FIELDS];
	size_t count;
	const char *doubt;
};

struct layout;
struct found;

/**
 * struct names - names to numbers
 * @list: of the ruleset; number n is (*list)[n - 1]
 * @count: of the ruleset
 * @room: entries there is memory for
 * @slots: numbers by the hash of their names; 0: free
 * @slot_count: a power of two
 */
struct names {
	const char ***list;
	size_t *count;
	size_t room;
	uint32_t *slots;
	size_t slot_count;
};

/**
 * struct compiler - one run
 * @layouts: of table t and set s: layouts[t][s], what lookups made of it
 * @asked_part: a rule asked for a part of a name: who comes later may matter too
 * @failed: memory is out
 * @never: the steps of rules that cannot match; NULL before the first
 * @sets: of that table, by name
 * @set_count: entries of @sets
 * @chains: likewise
 * @chain_count: entries of @chains
 * @table: that is being compiled
 */
struct compiler {
	struct ruleset *ruleset;
	const struct dump *dump;
	struct arena *arena;
	struct names interfaces;
	struct names helpers;
	struct layout ***layouts;
	bool asked_part;
	bool failed;
	struct step *never;
	struct found *sets;
	size_t set_count;
	struct found *chains;
	size_t chain_count;
	size_t table;
};

/**
 * struct code - one rule for one version of IP, being compiled
 * @step: so far
 * @protocols: that the rule has asked for; NULL: any
 * @never: it cannot match
 * @done: what follows is not reached
 * @map: that the last lookup asked, whose data registers may hold
 * @bits: the registers
 * @names: what ORIGIN_UNKNOWN stands for
 */
struct code {
	struct compiler *compiler;
	const struct rule *rule;
	int family;
	enum protocol_version version;
	struct step *step;
	size_t count;
	size_t room;
	const struct values *protocols;
	bool never;
	bool done;
	const struct layout *map;
	struct bit bits[REGISTER_BITS];
	const char *names[NAMES_MOST];
	size_t name_count;
};

/* compile.c */
const char *compile_copy(struct compiler *compiler, const char *text);
const char *compile_print(struct compiler *compiler, const char *format, ...)
	__attribute__((__format__(__printf__, 2, 3)));
struct chain *compile_chain(const struct compiler *compiler, const char *name);

/* compile_names.c */
size_t names_number(struct compiler *compiler, struct names *names, const char *name);
void names_free(struct names *names);

/* compile_steps.c */
struct step *code_step(struct code *code, enum step_kind kind);
void code_match(struct code *code, enum field field, const struct values *values);
void code_match_not(struct code *code, enum field field, const struct values *values);
void code_either(struct code *code, enum field a, enum field b, const struct values *values);
void code_bits(struct code *code, enum field field, __uint128_t mask, __uint128_t value,
	       bool inverted);
void code_tracked(struct code *code);
void code_doubt(struct code *code, const char *name);
void code_lost(struct code *code, const char *name);
void code_never(struct code *code);
void code_verdict(struct code *code, enum verdict verdict, struct chain *chain);
__uint128_t code_most(const struct code *code, enum field field);
unsigned int code_width(const struct code *code, enum field field);
int code_protocol(const struct code *code, unsigned int protocol);

/* compile_registers.c */
int register_byte(uint32_t number);
bool register_span(uint32_t number, uint32_t length, unsigned int *byte);
void register_read(const struct code *code, unsigned int byte, unsigned int length,
		   struct bits *bits);
void register_load(struct code *code, uint32_t number, const struct bits *bits);
void register_unknown(struct code *code, uint32_t number, unsigned int length, const char *name);
void register_changed(struct code *code, enum field field);
uint8_t code_name(struct code *code, const char *name);
const char *bits_unknown(const struct code *code, const struct bits *bits);
bool bits_constant(const struct bits *bits, unsigned char *bytes);
bool bits_data(const struct bits *bits, unsigned int from);
void bits_constants(struct bits *bits, const void *data, unsigned int length);
void bits_network(const struct code *code, struct bits *bits, unsigned int length,
		  enum field field);
void bits_host(const struct code *code, struct bits *bits, unsigned int length,
	       enum field field);
void bits_string(struct bits *bits, unsigned int length, enum origin origin, enum field field);
unsigned int host_bit(unsigned int i, unsigned int length);

/* compile_compare.c */
void compare_equal(struct code *code, const struct bits *bits, const unsigned char *data,
		   bool inverted);
void compare_range(struct code *code, const struct bits *bits, const unsigned char *low,
		   const unsigned char *high, bool inverted);

/* compile_linear.c */
/**
 * struct linear - bits that are a number, in network byte order, as one field
 * @field: which
 * @first: lowest bit of the field that is in it
 * @count: how many bits of the field
 * @shift: where the lowest stands; below and above are zeros
 */
struct linear {
	enum field field;
	unsigned int first;
	unsigned int count;
	unsigned int shift;
};

bool bits_linear(const struct bits *bits, struct linear *linear);
__uint128_t bytes_number(const unsigned char *bytes, unsigned int count);
bool linear_values(const struct linear *linear, __uint128_t low, __uint128_t high,
		   struct interval *result);

/* expr_object.c */
void code_helper(struct code *code, const char *name, bool early);

/* compile_assign.c */
void assign_bits(struct code *code, const struct bits *target, const struct bits *value);

/* compile_find.c */
bool set_find(const struct compiler *compiler, const char *name, size_t *number);
bool chain_find(const struct compiler *compiler, const char *name, size_t *number);
int find_prepare(struct compiler *compiler);
void find_free(struct compiler *compiler);

/* expr_table.c */
void compile_expression(struct code *code, struct nftnl_expr *expression);
int expr_within(struct nftnl_expr *e, void *data);

/* expr_*.c: see the table */
void expr_payload(struct code *code, struct nftnl_expr *e);
void expr_meta(struct code *code, struct nftnl_expr *e);
void expr_ct(struct code *code, struct nftnl_expr *e);
void expr_fib(struct code *code, struct nftnl_expr *e);
void expr_rt(struct code *code, struct nftnl_expr *e);
void expr_socket(struct code *code, struct nftnl_expr *e);
void expr_exthdr(struct code *code, struct nftnl_expr *e);
void expr_numgen(struct code *code, struct nftnl_expr *e);
void expr_hash(struct code *code, struct nftnl_expr *e);
void expr_osf(struct code *code, struct nftnl_expr *e);
void expr_xfrm(struct code *code, struct nftnl_expr *e);
void expr_tunnel(struct code *code, struct nftnl_expr *e);
void expr_cmp(struct code *code, struct nftnl_expr *e);
void expr_range(struct code *code, struct nftnl_expr *e);
void expr_bitwise(struct code *code, struct nftnl_expr *e);
void expr_byteorder(struct code *code, struct nftnl_expr *e);
void expr_immediate(struct code *code, struct nftnl_expr *e);
void expr_lookup(struct code *code, struct nftnl_expr *e);
void expr_dynset(struct code *code, struct nftnl_expr *e);
void expr_objref(struct code *code, struct nftnl_expr *e);
void expr_nat(struct code *code, struct nftnl_expr *e);
void expr_masq(struct code *code, struct nftnl_expr *e);
void expr_redir(struct code *code, struct nftnl_expr *e);
void expr_synproxy(struct code *code, struct nftnl_expr *e);
void expr_match(struct code *code, struct nftnl_expr *e);
void expr_target(struct code *code, struct nftnl_expr *e);

#endif /* RULESET_COMPILE_H */
