%% The other codec: Erlang's asn1ct, run once for a whole test.
%%   erl -noshell -pa DIR -run apdu_oracle main CHECK-IN CHECK-OUT GENERATE-OUT COUNT SEED
%% CHECK-IN holds encoded APDUs; CHECK-OUT gets, for each, what comes out of decoding and encoding it, and the
%% decoded value in words. GENERATE-OUT gets COUNT random values of this module's own making, encoded and in words.
%% Every item is four octets of length, and so many octets.
-module(apdu_oracle).
-export([main/1]).

main([CheckIn, CheckOut, GenerateOut, Count, Seed]) ->
    {ok, Bytes} = file:read_file(CheckIn),
    ok = file:write_file(CheckOut, [check(Item) || Item <- items(Bytes)]),
    rand:seed(exsss, list_to_integer(Seed)),
    Values = [apdu() || _ <- lists:seq(1, list_to_integer(Count))],
    ok = file:write_file(GenerateOut, [generated(Value) || Value <- Values]),
    halt(0).

items(<<>>) -> [];
items(<<Length:32, Item:Length/binary, Rest/binary>>) -> [Item | items(Rest)].

item(Bytes) -> [<<(iolist_size(Bytes)):32>>, Bytes].

check(Bytes) ->
    case 'CCR':decode('CCR-APDUS', Bytes) of
        {ok, Value} ->
            {ok, Again} = 'CCR':encode('CCR-APDUS', Value),
            [item(Again), item(words(Value))];
        {error, Reason} ->
            [item(<<>>), item(io_lib:format("~0p", [Reason]))]
    end.

generated(Value) ->
    {ok, Bytes} = 'CCR':encode('CCR-APDUS', Value),
    [item(Bytes), item(words(Value))].

%% In words: the same text as ApduWords in C#.

words({Alternative, Record}) -> [atom_to_list(Alternative), fields(Record)].

fields({Name, Version, Requirements, Reservation, User})
  when Name =:= 'C-INITIALIZE-RI'; Name =:= 'C-INITIALIZE-RC' ->
    [$\s, bits(default(Version, [version2])), $\s, bits(default(Requirements, ['static-commitment'])),
     $\s, atom_to_list(default(Reservation, true)), user(User)];
fields({'C-BEGIN-RI', Action, Suffix, User}) ->
    [$\s, identifier(Action), $\s, suffix(Suffix), user(User)];
fields({Name, Action, Branch, State, Reversed, User}) when Name =:= 'C-RECOVER-RI'; Name =:= 'C-RECOVER-RC' ->
    [$\s, identifier(Action), $\s, identifier(Branch), $\s, atom_to_list(State),
     $\s, atom_to_list(default(Reversed, false)), user(User)];
fields({'C-NOCHANGE-RI', Confirmation, User}) ->
    [$\s, atom_to_list(default(Confirmation, 'result-requested')), user(User)];
fields({'C-NOCHANGE-RC', Outcome, User}) ->
    [$\s, atom_to_list(default(Outcome, 'not-determined')), user(User)];
fields({_, User}) ->
    user(User).

default(asn1_DEFAULT, Default) -> Default;
default(Value, _) -> Value.

bits(Names) -> [$[, lists:join($,, [atom_to_list(Name) || Name <- Names]), $]].

identifier({_, Party, Suffix}) -> [${, party(Party), $\s, suffix(Suffix), $}].

party({side, Side}) -> ["side:", atom_to_list(Side)];
party({name, {'ae-title-form2', Oid}}) -> ["oid:", oid(Oid)];
party({name, {'ae-title-form1', {rdnSequence, Names}}}) ->
    ["name:", [[$[, lists:join($,, attributes(Name)), $]] || Name <- Names]].

%% A SET OF has no order: in words it gets one.
attributes(Name) -> lists:sort([iolist_to_binary(attribute(A)) || A <- Name]).

attribute({'AttributeTypeAndValue', Type, {Kind, Text}}) ->
    [oid(Type), $=, atom_to_list(Kind), $:, hex(Text)].

suffix({form1, Octets}) -> ["form1:", hex(Octets)];
suffix({form2, Integer}) -> ["form2:", integer_to_list(Integer)].

oid(Oid) -> lists:join($., [integer_to_list(Arc) || Arc <- tuple_to_list(Oid)]).

hex(Text) -> binary:encode_hex(iolist_to_binary(Text)).

user(asn1_NOVALUE) -> " none";
user(Externals) -> [" [", lists:join($,, [external(E) || E <- Externals]), $]].

%% The decoder hands out octet-aligned ones in the shape of X.680 (1994), all others in that of 1988.
external({'EXTERNAL', Identification, Descriptor, Octets}) ->
    {Direct, Indirect} = case Identification of
        {syntax, Oid} -> {Oid, asn1_NOVALUE};
        {'presentation-context-id', Context} -> {asn1_NOVALUE, Context};
        {'context-negotiation', {_, Context, Oid}} -> {Oid, Context}
    end,
    external({'EXTERNAL', Direct, Indirect, Descriptor, {'octet-aligned', Octets}});
external({'EXTERNAL', Direct, Indirect, Descriptor, Encoding}) ->
    [$(, optional(Direct, fun oid/1), $\s, optional(Indirect, fun integer_to_list/1),
     $\s, optional(Descriptor, fun hex/1), $\s, encoding(Encoding), $)].

optional(asn1_NOVALUE, _) -> "-";
optional(Value, Words) -> [$:, Words(Value)].

encoding({arbitrary, Bits}) ->
    Pad = (8 - bit_size(Bits) rem 8) rem 8,
    ["arbitrary:", integer_to_list(bit_size(Bits)), $:, hex(<<Bits/bitstring, 0:Pad>>)];
encoding({Kind, Octets}) -> [atom_to_list(Kind), $:, hex(Octets)].

%% Random values.

apdu() ->
    case rand:uniform(15) of
        1 -> {'c-INITIALIZE-RI', {'C-INITIALIZE-RI', version(), requirements(), reservation(), users()}};
        2 -> {'c-INITIALIZE-RC', {'C-INITIALIZE-RC', version(), requirements(), reservation(), users()}};
        3 -> {'c-BEGIN-RI', {'C-BEGIN-RI', action(), suffix(), users()}};
        4 -> {'c-RECOVER-RI', {'C-RECOVER-RI', action(), branch(), state(), reversed(), users()}};
        5 -> {'c-RECOVER-RC', {'C-RECOVER-RC', action(), branch(), state(), reversed(), users()}};
        6 -> {'c-NOCHANGE-RI', {'C-NOCHANGE-RI', one([asn1_DEFAULT, 'not-required', 'result-requested']), users()}};
        7 -> {'c-NOCHANGE-RC', {'C-NOCHANGE-RC', outcome(), users()}};
        8 -> {'c-BEGIN-RC', {'C-BEGIN-RC', users()}};
        9 -> {'c-PREPARE-RI', {'C-PREPARE-RI', users()}};
        10 -> {'c-READY-RI', {'C-READY-RI', users()}};
        11 -> {'c-COMMIT-RI', {'C-COMMIT-RI', users()}};
        12 -> {'c-COMMIT-RC', {'C-COMMIT-RC', users()}};
        13 -> {'c-ROLLBACK-RI', {'C-ROLLBACK-RI', users()}};
        14 -> {'c-ROLLBACK-RC', {'C-ROLLBACK-RC', users()}};
        15 -> {'c-CANCEL-RI', {'C-CANCEL-RI', users()}}
    end.

one(List) -> lists:nth(rand:uniform(length(List)), List).

some(List) -> [Item || Item <- List, rand:uniform(2) =:= 1].

version() -> one([asn1_DEFAULT, [version1], [version2], [version1, version2], []]).

requirements() ->
    one([asn1_DEFAULT,
         some(['static-commitment', 'dynamic-commitment', 'nochange-completion', cancel, 'overlapped-recovery'])]).

reservation() -> one([asn1_DEFAULT, true, false]).

reversed() -> one([asn1_DEFAULT, true, false]).

state() -> one([commit, ready, done, unknown, 'retry-later']).

outcome() -> one([asn1_DEFAULT, 'not-determined', committed, 'rolled-back', 'no-change']).

action() -> {'ATOMIC-ACTION-IDENTIFIER', party(), suffix()}.

branch() -> {'BRANCH-IDENTIFIER', party(), suffix()}.

suffix() ->
    case rand:uniform(4) of
        1 -> {form2, rand:uniform(7) - 4};
        2 -> {form2, (rand:uniform(1 bsl 64) - 1 - (1 bsl 63)) bsr (rand:uniform(64) - 1)};
        _ -> {form1, rand:bytes(rand:uniform(64))}
    end.

party() ->
    case rand:uniform(4) of
        1 -> {side, sender};
        2 -> {side, receiver};
        3 -> {name, {'ae-title-form2', random_oid()}};
        4 -> {name, {'ae-title-form1', {rdnSequence, [name() || _ <- lists:seq(1, rand:uniform(2))]}}}
    end.

%% The attributes of one name in canonical order, as a title is always sent.
name() ->
    lists:sort(fun(A, B) -> encoded(A) =< encoded(B) end, [attribute() || _ <- lists:seq(1, rand:uniform(2))]).

encoded(Attribute) ->
    {ok, Bytes} = 'ACSE-AE-Title-Subset':encode('AttributeTypeAndValue', Attribute),
    Bytes.

attribute() ->
    Length = rand:uniform(9) - 1,
    Value = case rand:uniform(5) of
        1 -> {printable, text(Length, "ABCxyz019 '()+,-./:=?")};
        2 -> {teletex, binary_to_list(rand:bytes(Length))};
        3 -> {utf8, unicode:characters_to_binary(text(Length, [$a, $Z, 16#E9, 16#20AC, 16#1F600]))};
        4 -> {ia5, text(Length, lists:seq(0, 127))};
        5 -> {numeric, text(Length, "0123456789 ")}
    end,
    {'AttributeTypeAndValue', {2, 5, 4, rand:uniform(60)}, Value}.

text(Length, Alphabet) -> [one(Alphabet) || _ <- lists:seq(1, Length)].

random_oid() ->
    Head = case rand:uniform(3) of
        1 -> [0, rand:uniform(40) - 1];
        2 -> [1, rand:uniform(40) - 1];
        3 -> [2, rand:uniform(2000) - 1]
    end,
    list_to_tuple(Head ++ [rand:uniform(1 bsl rand:uniform(31)) - 1 || _ <- lists:seq(1, rand:uniform(6))]).

users() ->
    case rand:uniform(3) of
        1 -> [random_external() || _ <- lists:seq(1, rand:uniform(4) - 1)];
        _ -> asn1_NOVALUE
    end.

random_external() ->
    {Direct, Indirect} =
        one([{random_oid(), asn1_NOVALUE}, {asn1_NOVALUE, rand:uniform(400) - 100}, {random_oid(), 5}]),
    Descriptor = one([asn1_NOVALUE, asn1_NOVALUE, text(rand:uniform(20) - 1, "descriptor ")]),
    Size = rand:uniform(200) - 1,
    Encoding = case rand:uniform(3) of
        1 -> {'single-ASN1-type', encoded(attribute())};
        2 -> {'octet-aligned', rand:bytes(Size)};
        3 -> <<Bits:Size/bitstring, _/bitstring>> = rand:bytes(Size div 8 + 1), {arbitrary, Bits}
    end,
    {'EXTERNAL', Direct, Indirect, Descriptor, Encoding}.
