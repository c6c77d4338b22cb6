using System.Formats.Asn1;
using Ccr.Protocol;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Names;

namespace Ccr.Bench.Ber;

/// <summary>The two APDUs by System.Formats.Asn1, its writer and its buffer used again each time.</summary>
internal sealed class SystemCodec(Apdu apdu)
{
    private readonly AsnWriter _writer = new(AsnEncodingRules.BER);
    private readonly byte[] _buffer = new byte[256];

    internal Apdu? RoundTrip(int times)
    {
        Apdu? back = null;
        for (int i = 0; i < times; i++)
        {
            int length = EncodeOnce();
            back = Decode(_buffer.AsMemory(0, length));
        }

        return back;
    }

    internal void Encode(int times)
    {
        for (int i = 0; i < times; i++)
        {
            EncodeOnce();
        }
    }

    private int EncodeOnce()
    {
        _writer.Reset();
        using (_writer.PushSequence(Context(apdu.TagNumber)))
        {
            if (apdu is BeginRi begin)
            {
                _writer.WriteAtomicActionIdentifier(begin.Owner, begin.ActionSuffix, Context(0));
                _writer.WriteSuffix(begin.BranchSuffix);
            }
            else if (apdu is RecoverRi recover)
            {
                _writer.WriteAtomicActionIdentifier(recover.Owner, recover.ActionSuffix, Context(0));
                _writer.WriteBranchIdentifier(recover.Initiator, recover.BranchSuffix, Context(1));
                _writer.WriteEnumeratedValue(recover.State, Context(2));
            }
        }

        return _writer.Encode(_buffer);
    }

    private static Apdu Decode(ReadOnlyMemory<byte> octets)
    {
        AsnReader reader = new(octets, AsnEncodingRules.BER);
        Asn1Tag tag = reader.PeekTag();
        AsnReader inner = reader.ReadSequence(tag);
        (PartyName owner, Suffix suffix) = inner.ReadAtomicActionIdentifier(Context(0));
        if (tag.TagValue == 1)
        {
            return new BeginRi(owner, suffix, inner.ReadSuffix());
        }

        (PartyName initiator, Suffix branch) = inner.ReadBranchIdentifier(Context(1));
        return new RecoverRi(owner, suffix, initiator, branch, inner.ReadEnumeratedValue<RecoveryState>(Context(2)));
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number);
}
