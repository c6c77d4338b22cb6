using System.Buffers.Binary;

namespace Ccr.Artemis.Processes.Support;

/// <summary>
/// Tells a jacket of tests/Artemis.Programs/jackets/kills.h at which step of its conversation its program is killed.
/// </summary>
internal sealed class KillWord(GroupFolder group)
{
    private const int Octets = 16;
    private const int OfBody = 100;
    private const int OfReceived = 1000;

    private string Path => group.Socket + ".kill";

    /// <summary>True when the step has come.</summary>
    internal bool HasCome => Read(0) == 0;

    /// <summary>Which it was.</summary>
    internal string Step
    {
        get
        {
            uint at = Read(4);
            string part = at / OfBody % 10 == 1 ? "body" : "head";
            return $"{(at >= OfReceived ? "received" : "sends")} {part} of {(FrameType)(at % OfBody)}";
        }
    }

    /// <summary>The k-th from now on; 0: none.</summary>
    internal void Set(int k)
    {
        byte[] octets = new byte[Octets];
        BinaryPrimitives.WriteInt32LittleEndian(octets, k);
        File.WriteAllBytes(Path, octets);
    }

    private uint Read(int at) => BinaryPrimitives.ReadUInt32LittleEndian(File.ReadAllBytes(Path).AsSpan(at));
}
