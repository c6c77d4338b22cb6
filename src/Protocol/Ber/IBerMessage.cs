namespace Ccr.Protocol.Ber;

/// <summary>A value that writes itself as one BER element.</summary>
public interface IBerMessage
{
    /// <summary>Writes the value as one element.</summary>
    void Write(BerWriter writer);
}
