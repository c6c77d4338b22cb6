namespace Ccr.Protocol.Messages;

/// <summary>Tags of the components of our SEQUENCEs and CHOICEs: automatic tagging numbers them from 0.</summary>
internal static class ComponentTags
{
    internal const int C0 = 0x80;
    internal const int C1 = 0x81;
    internal const int C2 = 0x82;
    internal const int C3 = 0x83;
    internal const int C4 = 0x84;
    internal const int C5 = 0x85;
    internal const int C6 = 0x86;
    internal const int C7 = 0x87;
    internal const int C8 = 0x88;
    internal const int C9 = 0x89;
}
