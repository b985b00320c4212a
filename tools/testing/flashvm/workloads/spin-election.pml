// SPDX-License-Identifier: GPL-2.0
/*
 * Election of a leader in a ring, for the model checker spin.
 *
 * Nodes in a ring send to their right neighbour only, and each knows nobody's
 * number but its own. Some may start an election when they like, the others
 * when they hear of one. A node sends its number on; a larger number that
 * arrives is passed on, a smaller one is not, and whose number comes back is
 * the leader and says so. It is Chang's and Roberts's algorithm (CACM 22:5,
 * 1979).
 *
 * To be checked: there is one leader, it is the node with the largest number,
 * every node learns of it, and the ring never blocks although a link holds one
 * message only. A search visits each state that the ring can be in once;
 * their number depends on the size of the ring and on nothing else:
 *
 *	nodes  starters  states
 *	7      7         52672
 *	8      8         240134
 *	9      9         1095234
 *	10     10        4995800
 *	11     10        7833883
 *
 * Numbers rise along the ring, so that a candidate goes one node far before
 * it meets a larger number; the other way there would be ten times the states.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#define MAX_NODES 11

/* Sizes come from the command line of spin-model. */
c_decl {
	extern int model_nodes, model_starters;
}

mtype = { candidate, elected };

chan link[MAX_NODES] = [1] of { mtype, byte };
byte nodes, starters, leaders;

proctype node(byte self; byte id; bool starter)
{
	byte next = (self + 1) % nodes;
	bool awake;
	byte heard;

	do
	:: starter && !awake ->
		awake = true;
		link[next]!candidate, id
	:: link[self]?candidate, heard ->
		if
		:: heard > id ->
			awake = true;
			link[next]!candidate, heard
		:: heard < id && !awake ->
			awake = true;
			link[next]!candidate, id
		:: heard < id && awake
		:: heard == id ->
			leaders++;
			assert(leaders == 1 && id == nodes);
			link[next]!elected, id
		fi
	:: link[self]?elected, heard ->
		assert(heard == nodes);
		if
		:: heard != id -> link[next]!elected, heard
		:: heard == id
		fi;
		break
	od
}

init {
	byte i;

	atomic {
		c_code {
			now.nodes = model_nodes;
			now.starters = model_starters;
		};
		do
		:: i < nodes ->
			run node(i, i + 1, i < starters);
			i++
		:: else -> break
		od
	}
}
