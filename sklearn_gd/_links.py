"""The address of a class's reference page, for the links and tooltips in scikit-learn's HTML in notebooks."""

MODULE = "sklearn_gd"
TEMPLATE = "https://sklearn-gd.example.org/generated/{estimator_module}.{estimator_name}.html"
