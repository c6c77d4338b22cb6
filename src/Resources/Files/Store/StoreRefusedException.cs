using Ccr.Protocol.Messages;

namespace Ccr.Resources.Files.Store;

/// <summary>A request or order that cannot be served; the asker is told why, and nothing else happens.</summary>
internal sealed class StoreRefusedException(Refusal refusal) : Exception(refusal.Text)
{
    internal StoreRefusedException(RefusalCode code, string text)
        : this(new Refusal(code, text))
    {
    }

    internal Refusal Refusal { get; } = refusal;
}
