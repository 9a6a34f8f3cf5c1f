/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meta_format.h - humfs's records, attribute files and superblocks as bytes
 *
 * Pure code: bytes in, struct out; no I/O, no allocation, no libc beyond
 * <string.h>. docs/metadata-format.md is the text of these formats. Everything
 * that is parsed may have been written by somebody hostile: what is not exactly
 * one of the forms below is a fault, and no output is written.
 */
#ifndef HUMFS_META_FORMAT_H
#define HUMFS_META_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Types of objects, as the host and the guest number them. */
#define HMETA_IFMT	0170000u
#define HMETA_IFSOCK	0140000u
#define HMETA_IFLNK	0120000u
#define HMETA_IFREG	0100000u
#define HMETA_IFBLK	0060000u
#define HMETA_IFDIR	0040000u
#define HMETA_IFCHR	0020000u
#define HMETA_IFIFO	0010000u

#define HMETA_MAJOR_MAX	0xfffu		/* what a guest's dev_t holds */
#define HMETA_MINOR_MAX	0xfffffu
#define HMETA_ID_MAX	0xfffffffeu	/* 2^32 - 1 is "nobody is meant" */

enum hmeta_fault {
	HMETA_FINE,
	HMETA_LENGTH,		/* empty, or longer than any record */
	HMETA_UID,
	HMETA_GID,
	HMETA_MODE,
	HMETA_TYPE,		/* unknown, or not the one that the mode says */
	HMETA_DEVICE,		/* of block- and char- */
	HMETA_TRAILING,		/* bytes behind the end */
	HMETA_MISMATCH,		/* a record that this kind of object cannot have */
	HMETA_VERSION,		/* of a superblock or an attribute file */
	HMETA_WORD,		/* unknown or repeated line of a superblock */
	HMETA_VALUE,		/* of a known line */
	HMETA_TRUNCATED,	/* the end is missing */
	HMETA_NAME,		/* of an attribute */
	HMETA_FAULTS
};

/* A few words for the log and for `humfs-meta check`. Never NULL. */
const char *hmeta_fault_text(enum hmeta_fault fault);

/* --- the record ----------------------------------------------------------- */

#define HMETA_XATTR	"user.containers.override_stat"
#define HMETA_RECORD_MAX 80	/* bytes of the longest record, and a NUL */

struct hmeta_record {
	uint32_t uid, gid;
	uint32_t mode;		/* type and 07777; type 0: as the host's object */
	uint32_t rdev_major, rdev_minor;	/* of block and char */
};

/* `uid:gid:0mode[:type]`. Return: HMETA_FINE or what is wrong. */
enum hmeta_fault hmeta_parse(const char *text, size_t length,
			     struct hmeta_record *ret);
/*
 * May an object of host_type have the record? A directory or a symbolic link
 * its own type only; a regular file also what guests make of one (devices,
 * FIFOs, sockets). A record without a type gets the host's.
 */
enum hmeta_fault hmeta_settle(struct hmeta_record *record, uint32_t host_type);
/* Return: the length; text gets a NUL as well. The type must be one of the seven. */
size_t hmeta_print(const struct hmeta_record *record,
		   char text[HMETA_RECORD_MAX]);
bool hmeta_equal(const struct hmeta_record *a, const struct hmeta_record *b);

/*
 * The mode on the host of an object whose mode in the guest is `mode` (with the
 * type): the owner keeps access, no set-id or sticky bits; for what is a regular
 * file on the host only because it cannot be the real thing, 0600.
 */
uint32_t hmeta_host_mode(uint32_t mode);
/* Does a host object of that mode show `mode` without a record's help? */
bool hmeta_mode_is_plain(uint32_t mode);
/* What the host's object is, whose type in the guest is that of mode. */
uint32_t hmeta_host_type(uint32_t mode);

/* --- names of attributes ---------------------------------------------------- */

#define HMETA_HIDDEN	"user.containers."
#define HMETA_OVERRIDE	"user.containers.override_"
#define HMETA_NAME_MAX	255	/* of an attribute's name */

enum hmeta_class {
	HMETA_PLAIN,		/* user.*: the host's own */
	HMETA_PRIVILEGED,	/* trusted.*, security.*, the ACLs: overrides */
	HMETA_RESERVED,		/* user.containers.*: not the guest's */
	HMETA_FOREIGN,		/* no class that humfs has */
};

/* The class of a name that a guest uses. */
enum hmeta_class hmeta_classify(const char *name);
/*
 * The host's name of a privileged one, with a NUL. Return: its length; 0: the
 * name is too long to be carried.
 */
size_t hmeta_override(const char *name, char host_name[HMETA_NAME_MAX + 1]);
/* The guest's name behind a host's, in place; NULL: not a privileged name's. */
const char *hmeta_overridden(const char *host_name);

/* --- keys of the side store -------------------------------------------------- */

#define HMETA_KEY_MAX	80	/* a key with its folder, and a NUL */

struct hmeta_key {
	uint64_t ino;
	int64_t btime_sec;
	uint32_t btime_nsec;
	bool foreign;		/* on another file system than the tree's root */
	uint32_t dev_major, dev_minor;	/* if so */
};

/* "3f/INO-SEC.NSEC[@MAJOR.MINOR]", all hexadecimal. Return: the length. */
size_t hmeta_key_print(const struct hmeta_key *key, char text[HMETA_KEY_MAX]);
/* The same without the folder. Return: HMETA_FINE, HMETA_VALUE. */
enum hmeta_fault hmeta_key_parse(const char *text, struct hmeta_key *ret);

/*
 * An entry of the side store: a record, or a record, a blank and the path.
 * *ret_path is the rest of text, "" if there is none.
 */
enum hmeta_fault hmeta_entry_parse(const char *text, size_t length,
				   struct hmeta_record *ret,
				   const char **ret_path);

/* --- attribute files of the side store ---------------------------------------- */

#define HMETA_ATTRS_HEADER	16
#define HMETA_ATTRS_MAX		(1u << 20)	/* bytes of a file */
#define HMETA_VALUE_MAX		65536u

struct hmeta_attr {
	const char *name;	/* name_length bytes, no NUL */
	uint32_t name_length;
	const void *value;
	uint32_t length;
};

/* Is the whole of bytes an attribute file? */
enum hmeta_fault hmeta_attrs_check(const void *bytes, size_t length);
/*
 * Attributes of a file that was checked, one after the other. *at begins with 0.
 * Return: false behind the last.
 */
bool hmeta_attrs_next(const void *bytes, size_t length, size_t *at,
		      struct hmeta_attr *ret);
/* Bytes that one takes. */
size_t hmeta_attrs_size(uint32_t name_length, uint32_t length);
/* Write a header for `length` bytes in all; append one, return what it took. */
void hmeta_attrs_header(void *bytes, size_t length);
size_t hmeta_attrs_append(void *bytes, const struct hmeta_attr *attr);

/* --- superblocks ---------------------------------------------------------------- */

#define HMETA_SUPER_MAX	4096	/* bytes of a superblock */

enum hmeta_kind { HMETA_BY_XATTR, HMETA_BY_SIDE, HMETA_BY_SHADOW };

struct hmeta_super {
	uint32_t version;	/* 1, 2: the original's; 3: ours */
	uint32_t kind;		/* enum hmeta_kind; 2: HMETA_BY_SHADOW */
	bool has_owner;
	uint32_t uid, gid;	/* of objects without a record */
	uint64_t total;		/* bytes; 0: no limit */
	uint64_t used;		/* bytes, as of the last clean end (2) */
	uint64_t inodes;	/* 3: objects; 0: no limit */
};

/* Version 2: as the original asks for, not nothing and not more than the size. */
void hmeta_super_use(struct hmeta_super *super, uint64_t used);
enum hmeta_fault hmeta_super_parse(const char *text, size_t length,
				   struct hmeta_super *ret);
/* Return: the length; text gets a NUL as well. */
size_t hmeta_super_print(const struct hmeta_super *super,
			 char text[HMETA_SUPER_MAX]);

/* --- the original's lines --------------------------------------------------------- */

#define HMETA_SHADOW_MAX 128	/* bytes of a version 2 file that we write */

/*
 * Version 2: `mode uid gid[ type[ major minor]]`, decimal; then, ours and ignored
 * by the original, a line `mode 0NNNN` (octal) when there are bits 07000.
 * host_type: of the object in data/, which tells the type when the line does not.
 */
enum hmeta_fault hmeta_shadow_parse(const char *text, size_t length,
				    uint32_t host_type,
				    struct hmeta_record *ret);
size_t hmeta_shadow_print(const struct hmeta_record *record,
			  char text[HMETA_SHADOW_MAX]);
/* Version 1: `uid gid[ type major minor]`; the mode is that of the data file. */
enum hmeta_fault hmeta_shadow1_parse(const char *text, size_t length,
				     uint32_t host_mode,
				     struct hmeta_record *ret);

#endif /* HUMFS_META_FORMAT_H */
