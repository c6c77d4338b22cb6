using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Messages;

/// <summary>A part of messages that writes itself under the tag that its place gives it.</summary>
public interface IBerValue
{
    /// <summary>Writes the value as one element with this tag.</summary>
    void Write(BerWriter writer, int tag);
}
