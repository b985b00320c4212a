// SPDX-License-Identifier: GPL-2.0
/*
 * flashvm.conf(5): tunables that survive a boot
 *
 * Copyright (C) 2026 The FlashVM authors
 *
 *	[*]			every FlashVM device
 *	prefetch/window = 32	a file below the device's directory in sysfs
 *
 *	[UUID=...]		this one; what comes later in the file wins
 *
 * Every line that is wrong is named, and then nothing of the file is used:
 * half a configuration is harder to understand than none.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flashvmctl.h"

static char *strip(char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

/* Cut off a comment: a '#' at the start, or behind white space. */
static void cut_comment(char *s)
{
	char *c;

	for (c = s; *c; c++) {
		if (*c == '#' && (c == s || isspace((unsigned char)c[-1]))) {
			*c = '\0';
			return;
		}
	}
}

/* A relative path of plain names, at least two: prefetch/window. */
static bool is_tunable(const char *key)
{
	const char *c;

	for (c = key; *c; c++) {
		if (*c == '/' && (c == key || c[-1] == '/' || !c[1]))
			return false;
		if (!islower((unsigned char)*c) &&
		    !isdigit((unsigned char)*c) && !strchr("_/", *c))
			return false;
	}
	return strchr(key, '/');
}

static void add_setting(struct conf *conf, const char *section,
			const char *key, const char *value, unsigned int line)
{
	struct setting *s;

	conf->s = xrealloc(conf->s, conf->n + 1, sizeof(*conf->s));
	s = &conf->s[conf->n++];
	s->section = xstrdup(section);
	s->key = xstrdup(key);
	s->value = xstrdup(value);
	s->line = line;
}

/**
 * parse_line() - Take one line into the configuration.
 * @conf:	where settings are added
 * @section:	name of the section, replaced by a new one
 * @text:	the line; is changed
 * @line:	its number
 *
 * Return: NULL, or what is wrong with it, to free.
 */
static char *parse_line(struct conf *conf, char **section, char *text,
			unsigned int line)
{
	char *end, *value;

	text = strip(text);
	if (*text == '[') {
		end = text + strlen(text) - 1;
		if (*end != ']') {
			cut_comment(text);
			end = strrchr(text, ']');
			if (!end || *strip(end + 1))
				return xasprintf("'%s' does not end in ']'",
						 strip(text));
		}
		*end = '\0';
		free(*section);
		*section = xstrdup(strip(text + 1));
		if (!**section)
			return xstrdup("an empty section: name a device, or '*' for all");
		return NULL;
	}
	cut_comment(text);
	text = strip(text);
	if (!*text)
		return NULL;
	value = strchr(text, '=');
	if (!value)
		return xasprintf("'%s' is neither '[DEVICE]' nor 'TUNABLE = VALUE'",
				 text);
	*value++ = '\0';
	text = strip(text);
	value = strip(value);
	if (!*section)
		return xstrdup("a tunable without a section: put '[*]' before it for all devices");
	if (!is_tunable(text))
		return xasprintf("'%s' is not the name of a tunable, such as prefetch/window",
				 text);
	if (!*value)
		return xasprintf("no value for %s", text);
	add_setting(conf, *section, text, value, line);
	return NULL;
}

/**
 * conf_read() - Read a configuration.
 * @conf:	result, to be released by conf_release()
 * @path:	the file; belongs to the caller and has to stay
 *
 * Return: CONF_OK; CONF_MISSING if there is no such file; CONF_BAD after a
 * line of explanation for everything that is wrong.
 */
enum conf_state conf_read(struct conf *conf, const char *path)
{
	enum conf_state state = CONF_OK;
	char *full, *text = NULL, *section = NULL, *wrong;
	unsigned int line = 0;
	size_t size = 0;
	FILE *f;

	memset(conf, 0, sizeof(*conf));
	conf->path = path;
	full = root_path("%s", path);
	f = fopen(full, "re");
	free(full);
	if (!f) {
		if (errno == ENOENT)
			return CONF_MISSING;
		warn("%s", path);
		return CONF_BAD;
	}
	while (getline(&text, &size, f) != -1) {
		wrong = parse_line(conf, &section, text, ++line);
		if (!wrong)
			continue;
		warnx("%s:%u: %s", path, line, wrong);
		free(wrong);
		state = CONF_BAD;
	}
	if (ferror(f)) {
		warn("%s", path);
		state = CONF_BAD;
	}
	fclose(f);
	free(section);
	free(text);
	if (state == CONF_BAD)
		conf_release(conf);
	return state;
}

void conf_release(struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n; i++) {
		free(conf->s[i].section);
		free(conf->s[i].key);
		free(conf->s[i].value);
	}
	free(conf->s);
	conf->s = NULL;
	conf->n = 0;
}

/**
 * conf_for() - Collect the settings of a device.
 * @conf:	the configuration
 * @kname:	the device
 * @n:		set to their number
 *
 * Return: an array to free, of one setting a tunable: the last that fits.
 */
const struct setting **conf_for(const struct conf *conf, const char *kname,
				size_t *n)
{
	const struct setting **list, *s;
	const char *section = "";
	bool fits = false;
	size_t i, j;

	list = xcalloc(conf->n + 1, sizeof(*list));
	*n = 0;
	for (i = 0; i < conf->n; i++) {
		s = &conf->s[i];
		if (strcmp(s->section, section)) {
			section = s->section;
			fits = !strcmp(section, "*") ||
				device_is(section, kname);
		}
		if (!fits)
			continue;
		for (j = 0; j < *n && strcmp(list[j]->key, s->key); j++)
			;
		list[j] = s;
		if (j == *n)
			(*n)++;
	}
	return list;
}
