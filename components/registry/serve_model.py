"""The model that MLflow loads: this file is copied into each logged model and run there, so it holds code and no pickle.

Only MLflow runs it; the base model comes from the catalogue's cache, the checkpoint from the model's artefacts.
"""

from pathlib import Path
from typing import Any

import mlflow
from pydantic import BaseModel


class Answer(BaseModel):
    """A text's most probable label."""

    label: str
    probability: float


class Perdure(mlflow.pyfunc.PythonModel):
    """Answers texts. The type hints are the model's signature: a list of texts or a frame with one column of them."""

    def load_context(self, context: Any) -> None:
        """Verify the checkpoint against its digests and load it on its base model."""
        from components.learning.shared_bases import load_predictor
        from components.storage import verify

        checkpoint = Path(context.artifacts["checkpoint"])
        verify(checkpoint)
        self.predictor = load_predictor(checkpoint)

    def predict(self, context: Any, model_input: list[str], params: dict[str, Any] | None = None) -> list[Answer]:
        """One {"label", "probability"} for each text."""
        predictions = self.predictor.predict(model_input)
        pairs = zip(predictions.top(), predictions.confidence(), strict=True)
        # plain dictionaries, which become a frame or JSON; MLflow derives the output's schema from the type hint
        answers: Any = [Answer(label=label, probability=float(probability)).model_dump() for label, probability in pairs]
        return answers


mlflow.models.set_model(Perdure())
