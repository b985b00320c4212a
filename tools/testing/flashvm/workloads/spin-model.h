/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What spin-model.c and the program that spin makes of a model share.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#ifndef SPIN_MODEL_H
#define SPIN_MODEL_H

/* Of spin's program; its main() is called pan_main() by the Makefile. */
extern double nstates;		/* states stored */
extern double truncs;		/* states reached again */
extern unsigned long errors;
int pan_main(int argc, char **argv);

/* Read by the model when it starts. */
extern int model_nodes;
extern int model_starters;

#endif /* SPIN_MODEL_H */
