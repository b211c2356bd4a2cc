// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Link layers and headers of IP, made by hand, whole and cut at every byte.
 */
#include <netinet/tcp.h>
#include <pcap/dlt.h>

#include "selftests/unit/capture_made.h"
#include "selftests/unit/lib/suite.h"

#define ARRAY_COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define MACS	"\1\2\3\4\5\6\1\2\3\4\5\7"

/* What stands before IP, which is of @version. */
struct wrapping {
	int link;
	int version;
	const char *bytes;
	size_t length;
};

#define WRAP(link, version, text)	{ link, version, text, sizeof(text) - 1 }

static const struct wrapping wrappings[] = {
	WRAP(DLT_EN10MB, 4, MACS "\x08\x00"),
	WRAP(DLT_EN10MB, 6, MACS "\x86\xdd"),
	WRAP(DLT_EN10MB, 4, MACS "\x81\x00\x00\x05\x08\x00"),
	WRAP(DLT_EN10MB, 6, MACS "\x88\xa8\x00\x05\x81\x00\x00\x06\x86\xdd"),
	WRAP(DLT_EN10MB, 4, MACS "\x91\x00\x00\x05\x81\x00\x00\x06\x81\x00\x00\x06\x08\x00"),
	WRAP(DLT_EN10MB, 4, MACS "\x88\x64\x11\x00\x00\x07\x00\x24\x00\x21"),
	WRAP(DLT_EN10MB, 6, MACS "\x81\x00\x00\x05\x88\x64\x11\x00\x00\x07\x00\x38\x00\x57"),
	WRAP(113, 4, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\x00"),
	WRAP(113, 6, "\0\4\0\1\0\6\1\2\3\4\5\6\0\0\x86\xdd"),
	WRAP(113, 4, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x81\x00\0\5\x08\x00"),
	WRAP(276, 4, "\x08\x00\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0"),
	WRAP(276, 6, "\x86\xdd\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0"),
	WRAP(101, 4, ""),
	WRAP(101, 6, ""),
	WRAP(12, 4, ""),
	WRAP(14, 6, ""),
	WRAP(228, 4, ""),
	WRAP(229, 6, ""),
	WRAP(DLT_NULL, 4, "\2\0\0\0"),
	WRAP(DLT_NULL, 4, "\0\0\0\2"),
	WRAP(DLT_NULL, 6, "\x1e\0\0\0"),
	WRAP(DLT_NULL, 6, "\0\0\0\x1c"),
	WRAP(DLT_NULL, 6, "\x0a\0\0\0"),
	WRAP(108, 4, "\0\0\0\2"),
	WRAP(108, 6, "\0\0\0\x18"),
	WRAP(DLT_PPP_ETHER, 4, "\x11\0\0\7\0\x24\0\x21"),
};

static struct made frame, file;

static void wrap(const struct wrapping *wrapping)
{
	frame.length = 0;
	made_add(&frame, wrapping->bytes, wrapping->length);
	made_amanda(&frame, wrapping->version);
}

static void assert_amanda(const struct seen *seen, int version)
{
	const struct packet *packet = &seen->packet[0];
	char text[INET6_ADDRSTRLEN];

	ck_assert_uint_eq(seen->count, 1);
	ck_assert_int_eq(packet->protocol, IPPROTO_UDP);
	address_print(&packet->source.address, text);
	ck_assert_str_eq(text, version == 4 ? "192.0.2.1" : "2001:db8::1");
	ck_assert(address_is_host(&packet->source.address));
	address_print(&packet->destination.address, text);
	ck_assert_str_eq(text, version == 4 ? "192.0.2.2" : "2001:db8::2");
	ck_assert_int_eq(packet->source.port, 850);
	ck_assert_int_eq(packet->destination.port, 10080);
	ck_assert_uint_eq(packet->length, 6);
	ck_assert_uint_eq(packet->captured, 6);
	ck_assert_mem_eq(packet->data, "Amanda", 6);
	ck_assert_uint_eq(packet->behind, 0);
	ck_assert_int_eq(packet->ttl, 63);
	ck_assert_int_eq(packet->ip_id, version == 4 ? 0x1234 : 0);
	ck_assert_uint_eq(packet->number, 1);
	ck_assert_uint_eq(packet->first, 1);
	ck_assert_int_eq(packet->time, SECOND);
}

START_TEST(every_link_layer)
{
	wrap(&wrappings[_i]);
	assert_amanda(seen_frame(wrappings[_i].link, &frame), wrappings[_i].version);
	/* Ethernet fills short frames up. */
	made_add(&frame, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	assert_amanda(seen_frame(wrappings[_i].link, &frame), wrappings[_i].version);
}
END_TEST

START_TEST(every_link_layer_cut_at_every_byte)
{
	size_t cut;

	wrap(&wrappings[_i]);
	for (cut = 0; cut < frame.length; cut++) {
		struct seen *seen;

		made_begin(&file, wrappings[_i].link);
		made_record_cut(&file, SECOND, &frame, cut);
		seen = seen_made(&file);
		ck_assert_str_eq(seen->error, "");
		ck_assert_uint_eq(seen->counts.records, 1);
		if (cut < frame.length - 6) {
			ck_assert_uint_eq(seen->counts.broken, 1);
			ck_assert_uint_eq(seen->count, 0);
			continue;
		}
		ck_assert_uint_eq(seen->count, 1);
		ck_assert_uint_eq(seen->counts.cut, 1);
		ck_assert_uint_eq(seen->packet[0].length, 6);
		ck_assert_uint_eq(seen->packet[0].captured, cut - (frame.length - 6));
	}
}
END_TEST

/* What is no concern, and what lies. */
struct odd {
	int link;
	const char *bytes;
	size_t length;
	bool broken;
};

#define ODD(link, text, broken)	{ link, text, sizeof(text) - 1, broken }

static const struct odd odds[] = {
	ODD(DLT_EN10MB, MACS "\x08\x06\0\1\x08\0", false),
	ODD(DLT_EN10MB, MACS "\x88\x64\x11\x07\0\1\0\x24\0\x21\0\0\0\0", false),
	ODD(DLT_EN10MB, MACS "\x88\x64\x21\0\0\1\0\x24\0\x21\0\0\0\0", false),
	ODD(DLT_EN10MB, MACS "\x88\x64\x11\0\0\7\0\2\xc0\x21", false),
	ODD(DLT_EN10MB, MACS "\x88\x64\x11\0\0\7\0\1\0\x21", true),
	ODD(DLT_EN10MB, MACS "\x88\x64\x11\0\0\7\0\3\0\x21", true),
	ODD(DLT_NULL, "\7\0\0\0\x45", false),
	ODD(101, "\x50\0\0\0", true),
	ODD(101, "", true),
};

START_TEST(odd_frames)
{
	struct seen *seen;

	frame.length = 0;
	made_add(&frame, odds[_i].bytes, odds[_i].length);
	seen = seen_frame(odds[_i].link, &frame);
	ck_assert_uint_eq(seen->count, 0);
	ck_assert_uint_eq(seen->counts.broken, odds[_i].broken);
	ck_assert_uint_eq(seen->counts.other, !odds[_i].broken);
}
END_TEST

START_TEST(unknown_link_type_is_named)
{
	struct seen *seen;

	frame.length = 0;
	seen = seen_frame(105, &frame);
	ck_assert(!seen->begun);
	ck_assert_ptr_nonnull(strstr(seen->error, ": Error: its link type is 105 (IEEE802_11: "));
	ck_assert_ptr_nonnull(strstr(seen->error, "\nthese are: Ethernet, Linux cooked, "));
	ck_assert_ptr_nonnull(strstr(seen->error, ", OpenBSD loopback, PPPoE\n"));
}
END_TEST

static void begin_raw(int version, uint8_t protocol)
{
	frame.length = 0;
	if (version == 4)
		made_ipv4(&frame, protocol);
	else
		made_ipv6(&frame, protocol);
}

static struct seen *end_raw(void)
{
	made_ip_end(&frame, 0);
	return seen_frame(101, &frame);
}

static void assert_broken(const struct seen *seen)
{
	ck_assert_uint_eq(seen->count, 0);
	ck_assert_uint_eq(seen->counts.broken, 1);
}

static void assert_other(const struct seen *seen)
{
	ck_assert_uint_eq(seen->count, 0);
	ck_assert_uint_eq(seen->counts.other, 1);
}

START_TEST(options_of_ipv4)
{
	begin_raw(4, IPPROTO_UDP);
	frame.bytes[0] = 0x47;
	made_32(&frame, 0x94040000);
	made_32(&frame, 0x01010101);
	made_udp(&frame, "Amanda");
	assert_amanda(end_raw(), 4);
	/* Four words are no header, though ports and a length of UDP could follow. */
	begin_raw(4, IPPROTO_UDP);
	frame.bytes[0] = 0x44;
	made_32(&frame, 14 << 16);
	made_add(&frame, "Amanda", 6);
	assert_broken(end_raw());
}
END_TEST

START_TEST(extension_headers_of_ipv6)
{
	begin_raw(6, IPPROTO_HOPOPTS);
	made_add(&frame, (uint8_t [16]) { IPPROTO_ROUTING, 1 }, 16);
	made_add(&frame, (uint8_t [8]) { IPPROTO_AH, 0 }, 8);
	made_add(&frame, (uint8_t [12]) { IPPROTO_DSTOPTS, 1 }, 12);
	made_add(&frame, (uint8_t [8]) { IPPROTO_UDP, 0 }, 8);
	made_udp(&frame, "Amanda");
	assert_amanda(end_raw(), 6);
	begin_raw(6, IPPROTO_ESP);
	made_udp(&frame, "Amanda");
	assert_other(end_raw());
	begin_raw(6, IPPROTO_NONE);
	assert_other(end_raw());
	begin_raw(6, IPPROTO_DSTOPTS);
	made_add(&frame, (uint8_t [8]) { IPPROTO_UDP, 1 }, 8);
	assert_broken(end_raw());
}
END_TEST

START_TEST(lengths_of_ip)
{
	begin_raw(4, IPPROTO_UDP);
	made_udp(&frame, "Amanda");
	made_ip_end(&frame, 0);
	made_set_16(&frame, 2, 35);
	assert_broken(seen_frame(101, &frame));
	made_set_16(&frame, 2, 19);
	assert_broken(seen_frame(101, &frame));
	/* A large send, which the card divides. */
	made_set_16(&frame, 2, 0);
	assert_amanda(seen_frame(101, &frame), 4);
	begin_raw(6, IPPROTO_UDP);
	made_udp(&frame, "Amanda");
	made_set_16(&frame, 4, 15);
	assert_broken(seen_frame(101, &frame));
	made_set_16(&frame, 4, 0);
	assert_amanda(seen_frame(101, &frame), 6);
}
END_TEST

START_TEST(lengths_of_udp)
{
	static const unsigned int lies[] = { 0, 7, 15, 65535 };
	struct seen *seen;
	size_t i;

	begin_raw(4, IPPROTO_UDP);
	made_udp(&frame, "Amanda");
	for (i = 0; i < ARRAY_COUNT(lies); i++) {
		made_set_16(&frame, 24, lies[i]);
		assert_broken(end_raw());
	}
	made_set_16(&frame, 24, 10);
	seen = end_raw();
	ck_assert_uint_eq(seen->packet[0].length, 2);
	ck_assert_uint_eq(seen->packet[0].captured, 2);
	ck_assert_uint_eq(seen->packet[0].behind, 4);
	ck_assert_mem_eq(seen->packet[0].data, "Amanda", 6);
	made_begin(&file, 101);
	made_record_cut(&file, 0, &frame, frame.length - 1);
	seen = seen_made(&file);
	ck_assert_uint_eq(seen->packet[0].behind, 3);
	made_begin(&file, 101);
	made_record_cut(&file, 0, &frame, frame.length - 5);
	seen = seen_made(&file);
	ck_assert_uint_eq(seen->packet[0].captured, 1);
	ck_assert_uint_eq(seen->packet[0].behind, 0);
}
END_TEST

static void made_tcp(unsigned int words)
{
	made_32(&frame, 850 << 16 | 11000);
	made_32(&frame, 0xfffefdfc);
	made_32(&frame, 0x01020304);
	made_32(&frame, words << 28 | (TH_SYN | TH_ACK) << 16);
	made_32(&frame, 0);
}

START_TEST(head_of_tcp)
{
	struct seen *seen;

	begin_raw(4, IPPROTO_TCP);
	made_tcp(6);
	made_32(&frame, 0x02040400);
	made_add(&frame, "data", 4);
	seen = end_raw();
	ck_assert_uint_eq(seen->count, 1);
	ck_assert_int_eq(seen->packet[0].source.port, 850);
	ck_assert_int_eq(seen->packet[0].destination.port, 11000);
	ck_assert_uint_eq(seen->packet[0].tcp.sequence, 0xfffefdfc);
	ck_assert_uint_eq(seen->packet[0].tcp.acknowledged, 0x01020304);
	ck_assert_uint_eq(seen->packet[0].tcp.flags, TH_SYN | TH_ACK);
	ck_assert_uint_eq(seen->packet[0].length, 4);
	ck_assert_mem_eq(seen->packet[0].data, "data", 4);
	/* tcpdump -s 54 cuts options off. */
	made_begin(&file, 101);
	made_record_cut(&file, 0, &frame, 40);
	seen = seen_made(&file);
	ck_assert_uint_eq(seen->packet[0].length, 4);
	ck_assert_uint_eq(seen->packet[0].captured, 0);
	frame.bytes[32] = 4 << 4;
	assert_broken(end_raw());
	frame.bytes[32] = 8 << 4;
	assert_broken(end_raw());
}
END_TEST

START_TEST(errors_of_icmp)
{
	const struct packet *packet;
	struct seen *seen;
	size_t quote;

	begin_raw(4, IPPROTO_ICMP);
	made_32(&frame, 0x03030000);
	made_32(&frame, 0);
	quote = made_ipv4(&frame, IPPROTO_UDP);
	/* More than is quoted. */
	made_set_16(&frame, quote + 2, 300);
	made_32(&frame, 850 << 16 | 10080);
	seen = end_raw();
	packet = &seen->packet[0];
	ck_assert_uint_eq(seen->count, 1);
	ck_assert_int_eq(packet->protocol, IPPROTO_ICMP);
	ck_assert_int_eq(packet->icmp.type, 3);
	ck_assert_int_eq(packet->icmp.code, 3);
	ck_assert_int_eq(packet->icmp.protocol, IPPROTO_UDP);
	ck_assert_int_eq(packet->icmp.source.port, 850);
	ck_assert_int_eq(packet->icmp.destination.port, 10080);
	ck_assert(address_equal(&packet->icmp.source.address, &packet->source.address));
	frame.length--;
	assert_broken(end_raw());
	frame.bytes[20] = 8;
	assert_other(end_raw());
}
END_TEST

START_TEST(errors_of_icmpv6)
{
	struct seen *seen;

	begin_raw(6, IPPROTO_ICMPV6);
	made_32(&frame, 0x01040000);
	made_32(&frame, 0);
	made_ipv6(&frame, IPPROTO_TCP);
	made_32(&frame, 850 << 16 | 11000);
	seen = end_raw();
	ck_assert_uint_eq(seen->count, 1);
	ck_assert_int_eq(seen->packet[0].icmp.protocol, IPPROTO_TCP);
	ck_assert_int_eq(seen->packet[0].icmp.destination.port, 11000);
	frame.bytes[40] = 128;
	assert_other(end_raw());
	/* ICMP over IPv6 is nothing. */
	frame.bytes[6] = IPPROTO_ICMP;
	assert_other(end_raw());
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_loop_test(tests, every_link_layer, 0, ARRAY_COUNT(wrappings));
	tcase_add_loop_test(tests, every_link_layer_cut_at_every_byte, 0,
			    ARRAY_COUNT(wrappings));
	tcase_add_loop_test(tests, odd_frames, 0, ARRAY_COUNT(odds));
	tcase_add_test(tests, unknown_link_type_is_named);
	tcase_add_test(tests, options_of_ipv4);
	tcase_add_test(tests, extension_headers_of_ipv6);
	tcase_add_test(tests, lengths_of_ip);
	tcase_add_test(tests, lengths_of_udp);
	tcase_add_test(tests, head_of_tcp);
	tcase_add_test(tests, errors_of_icmp);
	tcase_add_test(tests, errors_of_icmpv6);
}

int main(void)
{
	return suite_main("capture_link", add_tests);
}
