namespace Ccr.Asn1;

/// <summary>A module, a value or an encoding is wrong. The message is a sentence that says where and what.</summary>
public sealed class Asn1Exception : Exception
{
    public Asn1Exception()
    {
    }

    public Asn1Exception(string message)
        : base(message)
    {
    }

    public Asn1Exception(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
