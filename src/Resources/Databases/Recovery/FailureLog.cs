using Microsoft.Extensions.Logging;

namespace Ccr.Resources.Databases;

/// <summary>Says each failure of a database once, however often it is met.</summary>
internal sealed class FailureLog(string name, ILogger logger)
{
    private readonly Lock _lock = new();
    private string _last = "";

    /// <summary>A failure, in a sentence.</summary>
    public void Say(string sentence)
    {
        lock (_lock)
        {
            if (sentence == _last)
            {
                return;
            }

            _last = sentence;
        }

        DatabasesLog.Failed(logger, name, sentence);
    }

    /// <summary>It works again.</summary>
    public void IsWell()
    {
        lock (_lock)
        {
            if (_last.Length == 0)
            {
                return;
            }

            _last = "";
        }

        DatabasesLog.IsWell(logger, name);
    }
}
