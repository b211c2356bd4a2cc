// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json_items [MEMBER [MEMBER]]: is standard input JSON?  Prints a member of the
 * object there, or of each object in an array of it.
 */
#include <jansson.h>
#include <stdio.h>

static void print(const json_t *value)
{
	char *text;

	if (json_is_string(value)) {
		puts(json_string_value(value));
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	puts(text ? text : "");
	free(text);
}

int main(int argc, char *argv[])
{
	json_error_t error;
	json_t *json = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error), *item;
	size_t i;

	if (!json) {
		fprintf(stderr, "%d:%d: %s\n", error.line, error.column, error.text);
		return 1;
	}
	if (argc == 2)
		print(json_object_get(json, argv[1]));
	if (argc == 3)
		json_array_foreach(json_object_get(json, argv[1]), i, item)
			print(json_object_get(item, argv[2]));
	json_decref(json);
	return 0;
}
