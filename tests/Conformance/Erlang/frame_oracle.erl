%% The other codec of our own modules: Erlang's asn1ct.
%%   erl -noshell -pa DIR -run frame_oracle main MODULE TYPE IN OUT [MODULE TYPE IN OUT ...]
%% IN holds encoded values; OUT gets, for each, what comes out of decoding and encoding it, or nothing and the reason.
%% Every item is four octets of length, and so many octets.
-module(frame_oracle).
-export([main/1]).

main([Module, Type, In, Out | More]) ->
    {ok, Bytes} = file:read_file(In),
    M = list_to_atom(Module),
    T = list_to_atom(Type),
    ok = file:write_file(Out, [check(M, T, Item) || Item <- items(Bytes)]),
    main(More);
main([]) ->
    halt(0).

items(<<>>) -> [];
items(<<Length:32, Item:Length/binary, Rest/binary>>) -> [Item | items(Rest)].

item(Bytes) -> [<<(iolist_size(Bytes)):32>>, Bytes].

check(Module, Type, Bytes) ->
    case Module:decode(Type, Bytes) of
        {ok, Value} ->
            {ok, Again} = Module:encode(Type, Value),
            [item(Again), item(<<>>)];
        {error, Reason} ->
            [item(<<>>), item(io_lib:format("~0p", [Reason]))]
    end.
